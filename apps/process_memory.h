// What the process does with memory that it has freed: keeps it for later, or gives it back to the
// system.
#pragma once

#include <chrono>
#include <cstdint>

namespace brink::apps {

// Before any thread starts. Large blocks go back as they are freed, and threads share two pools:
// left alone, glibc keeps one for each thread.
void KeepMemorySmall();

// From here on blocks of a request's size (bodies, tensors) are kept as well: to take each anew
// from the system costs more than to decode what is in it. IdleMemory gives them back. On 32 bits
// glibc can keep blocks of up to 512 KiB only.
void KeepMemoryOfRequests();

// Gives back what is kept once work has stopped coming.
class IdleMemory {
 public:
  static constexpr std::chrono::milliseconds kPeriod{1'000};

  // Once a period. `work_done` counts up with every request.
  void Tick(uint64_t work_done);

 private:
  uint64_t seen_ = 0;
  bool kept_ = true;  // what the start freed
};

}  // namespace brink::apps
