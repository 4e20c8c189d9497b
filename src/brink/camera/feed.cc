#include "brink/camera/feed.h"

#include <algorithm>
#include <utility>

#include "brink/base/log.h"

namespace brink::camera {

std::string_view FeedStateName(FeedState state) {
  switch (state) {
    case FeedState::kConnecting:
      return "connecting";
    case FeedState::kRunning:
      return "running";
    case FeedState::kPausing:
      return "pausing";
    case FeedState::kEnded:
      return "ended";
  }
  return "";
}

Feed::Feed(std::unique_ptr<Source> source, Interrupt& interrupt, const FeedOptions& options)
    : source_(std::move(source)),
      interrupt_(interrupt),
      options_(options),
      pause_(options.first_pause),
      thread_([this] { Run(); }) {}

Feed::~Feed() {
  Stop();
  thread_.join();
}

void Feed::Stop() {
  interrupt_.Raise();
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

bool Feed::Next(Frame& frame) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    return has_newest_ || status_.state == FeedState::kEnded || interrupt_.raised();
  });
  if (!has_newest_ || interrupt_.raised()) return false;
  std::swap(frame, newest_);
  has_newest_ = false;
  changed_.notify_all();
  return true;
}

FeedStatus Feed::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

Status Feed::result() const {
  const std::lock_guard lock(mutex_);
  return result_;
}

void Feed::SetState(FeedState state) {
  const std::lock_guard lock(mutex_);
  status_.state = state;
  changed_.notify_all();
}

void Feed::End(Status result) {
  const std::lock_guard lock(mutex_);
  status_.state = FeedState::kEnded;
  if (!result) status_.error = result.error().message;
  result_ = std::move(result);
  changed_.notify_all();
}

void Feed::Run() {
  // What is stored and played again from its beginning runs all the time.
  for (bool again = false; !interrupt_.raised();) {
    if (!again) SetState(FeedState::kConnecting);
    Status status = source_->Open();
    if (status) status = ReadUntilFailure();
    source_->Close();
    if (interrupt_.raised()) break;
    if (options_.until_end) return End(std::move(status));
    again = status.has_value() && !source_->is_live();
    if (!status) {
      if (!PauseAfter(status.error())) break;
    } else if (source_->is_live() && !PauseAfter({Code::kUnavailable, "the stream ended"})) {
      break;
    }
    const std::lock_guard lock(mutex_);
    ++status_.reconnects;
  }
  End({});
}

bool Feed::PauseAfter(const Error& error) {
  log::Warn("camera lost", {{"camera", options_.name},
                            {"error", error.message},
                            {"again_in_ms", static_cast<int64_t>(pause_.count())}});
  {
    const std::lock_guard lock(mutex_);
    status_.state = FeedState::kPausing;
    status_.error = error.message;
    changed_.notify_all();
  }
  const auto until = std::chrono::steady_clock::now() + pause_;
  pause_ = std::min(pause_ * 2, options_.longest_pause);
  return !interrupt_.WaitUntil(until);
}

Status Feed::ReadUntilFailure() {
  Frame frame;
  for (bool first = true;;) {
    const auto read = source_->Read(frame);
    if (!read && read.error().code == Code::kInvalidArgument) {
      log::Warn("broken picture", {{"camera", options_.name}, {"error", read.error().message}});
      const std::lock_guard lock(mutex_);
      ++status_.broken;
      continue;
    }
    if (!read) return Fail(read.error());
    if (!*read) return {};
    if (first) {
      log::Info("camera runs", {{"camera", options_.name}});
      pause_ = options_.first_pause;
      first = false;
    }
    Offer(frame, source_->is_live());
  }
}

void Feed::Offer(Frame& frame, bool live) {
  std::unique_lock lock(mutex_);
  status_.state = FeedState::kRunning;
  status_.error.clear();
  frame.number = status_.frames++;
  if (!live) {
    changed_.wait(lock, [this] { return !has_newest_ || interrupt_.raised(); });
  } else if (has_newest_) {
    ++status_.dropped;
  }
  std::swap(frame, newest_);
  has_newest_ = true;
  changed_.notify_all();
}

}  // namespace brink::camera
