#include "brink/camera/sinks/outbox.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "brink/base/log.h"

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;

class Outbox final : public Sink {
 public:
  Outbox(std::unique_ptr<EventSender> sender, Spool spool, const OutboxOptions& options)
      : sender_(std::move(sender)),
        options_(options),
        spool_(std::move(spool)),
        thread_([this] { Run(); }) {}

  ~Outbox() override {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, options_.farewell,
                        [this] { return spool_.Oldest() == nullptr || failing_; });
      stopping_ = true;
      changed_.notify_all();
    }
    interrupt_.Raise();
    thread_.join();
  }
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  Status Take(const Report& report) override {
    sender_->Observe(report);
    if (report.events.empty()) return {};
    const std::lock_guard lock(mutex_);
    const uint64_t lost = spool_.lost();
    for (const Event& event : report.events) BRINK_TRY(spool_.Add(json::Write(ToJson(event))));
    changed_.notify_all();
    if (spool_.lost() == lost) return {};
    return Fail(Code::kResourceExhausted,
                "the spool is full: " + std::to_string(spool_.lost()) + " events are lost");
  }
  std::string name() const override { return sender_->name(); }

 private:
  void Run() {
    for (auto pause = options_.first_pause;;) {
      std::string event;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || spool_.Oldest() != nullptr; });
        if (stopping_) return;
        event = *spool_.Oldest();
        sending_ = spool_.lost();
      }
      const Status sent = sender_->Send(event, interrupt_);
      const bool hopeless = !sent && sent.error().code == Code::kInvalidArgument;
      Settle(sent, hopeless);
      if (sent || hopeless) {
        pause = options_.first_pause;
        continue;
      }
      if (interrupt_.WaitUntil(Clock::now() + pause)) return;
      pause = std::min(pause * 2, options_.longest_pause);
    }
  }

  void Settle(const Status& sent, bool hopeless) {
    const std::lock_guard lock(mutex_);
    // The spool may have given it up meanwhile; then another is the oldest.
    if ((sent || hopeless) && sending_ == spool_.lost()) spool_.RemoveOldest();
    if (!sent && !failing_ && !interrupt_.raised()) {
      log::Warn(
          "events wait",
          {{"sink", sender_->name()}, {"error", sent.error().message}, {"waiting", spool_.size()}});
    }
    if (sent && failing_) {
      log::Info("events go again", {{"sink", sender_->name()}, {"waiting", spool_.size()}});
    }
    failing_ = !sent;
    changed_.notify_all();
  }

  const std::unique_ptr<EventSender> sender_;
  const OutboxOptions options_;
  Interrupt interrupt_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Spool spool_;
  uint64_t sending_ = 0;  // spool_.lost() when the event that is being sent was read
  bool failing_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Sink>> MakeOutbox(std::unique_ptr<EventSender> sender,
                                         const OutboxOptions& options) {
  BRINK_ASSIGN(Spool spool, Spool::Open(options.spool));
  return std::make_unique<Outbox>(std::move(sender), std::move(spool), options);
}

}  // namespace brink::camera
