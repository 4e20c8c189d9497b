// SIGTERM and SIGINT as something to wait for. One in a process, made before any other thread
// starts: the signals stay blocked in every thread that comes later. A second signal ends the
// process at once.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace brink::apps {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // As if a signal had come.
  void Arrive();
  // Returns when a signal has come.
  void Wait() const;
  // Returns when a signal has come or the time is over; whether one has come.
  bool WaitFor(std::chrono::milliseconds time) const;
  const std::atomic<bool>& arrived() const { return arrived_; }

 private:
  std::atomic<bool> arrived_{false};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::thread waiter_;
};

}  // namespace brink::apps
