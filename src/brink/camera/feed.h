// A source kept alive on a thread of its own: opened again after failures, ever more patiently;
// the newest frame is handed on and older ones are dropped, so that a slow reader builds no queue.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "brink/base/result.h"
#include "brink/camera/source.h"

namespace brink::camera {

struct FeedOptions {
  std::string name;        // in logs
  bool until_end = false;  // ends with its source; else the source is opened again
  std::chrono::milliseconds first_pause{250};  // after a failure; doubled with each in a row
  std::chrono::milliseconds longest_pause{30'000};
};

enum class FeedState { kConnecting, kRunning, kPausing, kEnded };
// "connecting", "running", "pausing", "ended".
std::string_view FeedStateName(FeedState state);

struct FeedStatus {
  FeedState state = FeedState::kConnecting;
  uint64_t frames = 0;      // that came
  uint64_t dropped = 0;     // that came and were not taken
  uint64_t broken = 0;      // that could not be read
  uint64_t reconnects = 0;  // times that the source was opened again
  std::string error;        // the last failure; empty once frames come again
};

class Feed {
 public:
  // `interrupt` is the one that the source was made with; Stop raises it. Both outlive this.
  Feed(std::unique_ptr<Source> source, Interrupt& interrupt, const FeedOptions& options);
  ~Feed();  // as Stop
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // Waits for a frame that is newer than the last and puts it into `frame`, whose memory goes back
  // to the source; false when none will come any more. One thread at a time.
  bool Next(Frame& frame);

  // Waits until then or Stop; whether it was stopped. Frames that come meanwhile replace one
  // another.
  bool WaitUntil(std::chrono::steady_clock::time_point time) const {
    return interrupt_.WaitUntil(time);
  }

  // Ends the thread; Next answers false from now on. Any thread.
  void Stop();

  FeedStatus status() const;
  // Why the feed ended, if not because its source did or it was stopped.
  Status result() const;

 private:
  void Run();
  Status ReadUntilFailure();
  void Offer(Frame& frame, bool live);
  void SetState(FeedState state);
  bool PauseAfter(const Error& error);
  void End(Status result);

  const std::unique_ptr<Source> source_;
  Interrupt& interrupt_;
  const FeedOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Frame newest_;
  bool has_newest_ = false;
  FeedStatus status_;
  Status result_;
  std::chrono::milliseconds pause_;  // the thread's own
  std::thread thread_;
};

}  // namespace brink::camera
