#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <vector>

#include "brink/camera/sinks/outbox.h"

namespace brink::camera {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

// A network that is up or down.
struct Network {
  std::mutex mutex;
  std::condition_variable changed;
  bool up = true;
  int attempts = 0;
  std::vector<std::string> arrived;

  void Set(bool is_up) {
    const std::lock_guard lock(mutex);
    up = is_up;
  }
  template <class Condition>
  void Await(Condition condition) {
    std::unique_lock lock(mutex);
    changed.wait(lock, condition);
  }
};

class FakeSender final : public EventSender {
 public:
  explicit FakeSender(Network& network) : network_(network) {}
  Status Send(const std::string& event, const Interrupt&) override {
    const std::lock_guard lock(network_.mutex);
    ++network_.attempts;
    network_.changed.notify_all();
    if (!network_.up) return Fail(Code::kUnavailable, "down");
    const json::Value value = json::Parse(event).value();
    const std::string label = *value.Find("label")->get<std::string>();
    if (label == "poison") return Fail(Code::kInvalidArgument, "never");
    network_.arrived.push_back(label);
    return {};
  }
  std::string name() const override { return "fake"; }

 private:
  Network& network_;
};

Status Give(Sink& sink, const std::string& label) {
  const Frame frame;
  Report report("door", frame);
  report.events.push_back({.label = label});
  return sink.Take(report);
}

TEST(Outbox, WhatHappensWhileTheLinkIsDownArrivesAfterwardsInOrder) {
  Network network;
  const auto sink = MakeOutbox(std::make_unique<FakeSender>(network),
                               {.first_pause = milliseconds(1), .longest_pause = milliseconds(2)})
                        .value();
  ASSERT_TRUE(Give(*sink, "a").has_value());
  network.Await([&] { return network.arrived.size() == 1; });
  network.Set(false);
  for (const char* label : {"b", "c", "poison", "d"}) ASSERT_TRUE(Give(*sink, label).has_value());
  network.Await([&] { return network.attempts >= 4; });
  network.Set(true);
  network.Await([&] { return network.arrived.size() == 4; });
  EXPECT_THAT(network.arrived, ElementsAre("a", "b", "c", "d"));
}

TEST(Outbox, EndsAtOnceWhileTheLinkIsDownAndSendsWhatWaitsWhereItIsUp) {
  Network network;
  {
    const auto sink = MakeOutbox(std::make_unique<FakeSender>(network), {}).value();
    for (const char* label : {"a", "b"}) ASSERT_TRUE(Give(*sink, label).has_value());
  }
  EXPECT_THAT(network.arrived, ElementsAre("a", "b"));
  network.Set(false);
  const auto sink =
      MakeOutbox(std::make_unique<FakeSender>(network), {.first_pause = std::chrono::hours(1)})
          .value();
  ASSERT_TRUE(Give(*sink, "c").has_value());
  network.Await([&] { return network.attempts == 3; });
}

TEST(Outbox, AFullSpoolIsSaid) {
  Network network;
  network.up = false;
  const auto sink = MakeOutbox(std::make_unique<FakeSender>(network),
                               {.spool = {.limit_bytes = 500}, .farewell = milliseconds(1)})
                        .value();
  Status status;
  for (int k = 0; k < 10 && status; ++k) status = Give(*sink, "label");
  EXPECT_EQ(status.error().code, Code::kResourceExhausted);
}

}  // namespace
}  // namespace brink::camera
