#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "brink/camera/feed.h"
#include "brink/camera/scripted_source.h"

namespace brink::camera {
namespace {

using std::chrono::milliseconds;

const FeedOptions kOnce{.until_end = true};

// Frames 0 .. count - 1, whose name is their number.
ScriptedSource::Step Count(int count) {
  return [next = 0, count](Frame& frame) mutable -> Result<bool> {
    if (next == count) return false;
    frame.name = std::to_string(next++);
    return true;
  };
}

TEST(Feed, OfWhatIsStoredNoFrameIsLost) {
  Interrupt interrupt;
  Feed feed(std::make_unique<ScriptedSource>(false, Count(100)), interrupt, kOnce);
  Frame frame;
  for (int wanted = 0; wanted < 100; ++wanted) {
    ASSERT_TRUE(feed.Next(frame));
    EXPECT_EQ(frame.name, std::to_string(wanted));
    EXPECT_EQ(frame.number, static_cast<uint64_t>(wanted));
  }
  EXPECT_FALSE(feed.Next(frame));
  EXPECT_EQ(feed.status().dropped, 0u);
  EXPECT_EQ(feed.status().state, FeedState::kEnded);
  EXPECT_TRUE(feed.result().has_value());
}

TEST(Feed, OfWhatIsLiveTheNewestFrameWinsAndDropsAreCounted) {
  Interrupt interrupt;
  std::atomic<bool> all_read = false;
  auto step = [&, count = Count(50)](Frame& frame) mutable {
    auto read = count(frame);
    if (read && !*read) {
      all_read = true;
      all_read.notify_all();
    }
    return read;
  };
  Feed feed(std::make_unique<ScriptedSource>(true, step), interrupt, kOnce);
  all_read.wait(false);
  Frame frame;
  ASSERT_TRUE(feed.Next(frame));
  EXPECT_EQ(frame.name, "49");
  EXPECT_EQ(frame.number, 49u);
  EXPECT_FALSE(feed.Next(frame));
  EXPECT_EQ(feed.status().frames, 50u);
  EXPECT_EQ(feed.status().dropped, 49u);
}

TEST(Feed, ALostSourceIsOpenedAgainUntilItIsBack) {
  Interrupt interrupt;
  std::atomic<int> opened = 0;
  auto read = [&](Frame& frame) -> Result<bool> {
    if (opened == 5) {
      frame.name = "back";
      opened = 6;
      return true;
    }
    return Fail(Code::kUnavailable, "gone");
  };
  auto open = [&]() -> Status {
    if (opened >= 6) return {};
    ++opened;
    if (opened % 2 == 0) return Fail(Code::kUnavailable, "refused");
    return {};
  };
  Feed feed(std::make_unique<ScriptedSource>(true, read, open), interrupt,
            {.first_pause = milliseconds(1), .longest_pause = milliseconds(2)});
  Frame frame;
  ASSERT_TRUE(feed.Next(frame));
  EXPECT_EQ(frame.name, "back");
  EXPECT_GE(feed.status().reconnects, 4u);
}

TEST(Feed, BrokenPicturesAreCountedAndPassedOver) {
  Interrupt interrupt;
  auto step = [next = 0](Frame& frame) mutable -> Result<bool> {
    if (next == 6) return false;
    frame.name = std::to_string(next);
    if (next++ % 2 == 0) return Fail(Code::kInvalidArgument, "torn");
    return true;
  };
  Feed feed(std::make_unique<ScriptedSource>(false, step), interrupt, kOnce);
  Frame frame;
  std::vector<std::string> seen;
  while (feed.Next(frame)) seen.push_back(frame.name);
  EXPECT_THAT(seen, testing::ElementsAre("1", "3", "5"));
  EXPECT_EQ(feed.status().broken, 3u);
}

TEST(Feed, UntilTheEndAFailureIsTheResult) {
  Interrupt interrupt;
  auto step = [](Frame&) -> Result<bool> { return Fail(Code::kDataLoss, "torn film"); };
  Feed feed(std::make_unique<ScriptedSource>(false, step), interrupt, kOnce);
  Frame frame;
  EXPECT_FALSE(feed.Next(frame));
  EXPECT_EQ(feed.result().error().message, "torn film");
}

TEST(Feed, StopEndsAWaitingReaderAndAWaitingSource) {
  Interrupt interrupt;
  auto step = [&](Frame&) -> Result<bool> {
    interrupt.WaitUntil(std::chrono::steady_clock::now() + std::chrono::hours(1));
    return Fail(Code::kCancelled, "interrupted");
  };
  Feed feed(std::make_unique<ScriptedSource>(true, step), interrupt, {});
  std::thread reader([&] {
    Frame frame;
    EXPECT_FALSE(feed.Next(frame));
  });
  feed.Stop();
  reader.join();
}

TEST(Feed, WhatIsPlayedAgainFromItsBeginningRunsAllTheTime) {
  Interrupt interrupt;
  int opened = 0;
  std::atomic<bool> opening{false};
  std::atomic<bool> looked{false};
  auto open = [&]() -> Status {
    if (++opened != 2) return {};
    opening = true;
    opening.notify_all();
    looked.wait(false);
    return {};
  };
  auto read = [next = 0](Frame&) mutable -> Result<bool> { return next++ % 2 == 0; };
  Feed feed(std::make_unique<ScriptedSource>(false, read, open), interrupt, {});
  Frame frame;
  ASSERT_TRUE(feed.Next(frame));
  opening.wait(false);
  EXPECT_EQ(feed.status().state, FeedState::kRunning);
  looked = true;
  looked.notify_all();
  EXPECT_TRUE(feed.Next(frame));
}

}  // namespace
}  // namespace brink::camera
