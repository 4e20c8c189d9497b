// What ends a wait from another thread: a flag with a descriptor to poll beside one's own.
#pragma once

#include <atomic>
#include <chrono>

namespace brink::camera {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // From any thread, also a signal handler's; stays raised.
  void Raise();
  bool raised() const { return raised_; }
  int descriptor() const { return descriptor_; }  // readable once raised; -1: there is none

  // Waits until `deadline` or the interrupt; whether it was raised.
  bool WaitUntil(std::chrono::steady_clock::time_point deadline) const;

 private:
  std::atomic<bool> raised_{false};
  int descriptor_ = -1;
};

enum class Readiness { kReadable, kInterrupted, kTimedOut };

// Waits until one of two descriptors (-1: none) has something to read or has ended.
Readiness WaitReadable(int first, int second, const Interrupt& interrupt,
                       std::chrono::steady_clock::time_point deadline);

}  // namespace brink::camera
