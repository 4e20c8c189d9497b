// What the process does with memory that it has freed: keeps it for later, or gives it back to the
// system.
#pragma once

#include <chrono>
#include <cstddef>

namespace brink::apps {

// Before any thread starts. Large blocks go back as they are freed, and threads share one pool:
// left alone, glibc keeps one for each, and of all but the first it never gives back the end.
void KeepMemorySmall();

// From here on blocks of a request's size (bodies, tensors) are kept as well: to take each anew
// from the system costs more than to decode what is in it. IdleMemory gives them back. On 32 bits
// glibc can keep blocks of up to 512 KiB only.
void KeepMemoryOfRequests();

// Gives back what is kept once nothing is taken or freed any more.
class IdleMemory {
 public:
  static constexpr std::chrono::milliseconds kPeriod{1'000};

  // Once a period.
  void Tick();

 private:
  size_t used_ = 0;
  size_t free_ = 0;
  bool given_back_ = false;  // since these were so
};

}  // namespace brink::apps
