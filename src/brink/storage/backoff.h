// How long to wait before the next attempt: twice as long each time, with jitter so that a thousand
// machines do not come back at once, and until when to go on. storage/ only.
#pragma once

#include <chrono>
#include <random>

namespace brink::storage {

class Backoff {
 public:
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;

  // Gives up `patience` after the last progress, and at `deadline` in any case.
  Backoff(Milliseconds patience, Clock::time_point deadline, unsigned seed);

  // Something came: waiting begins small again.
  void Progressed(Clock::time_point now);
  // The next wait, at least what the server asked for (Retry-After); counts as a failure.
  Milliseconds NextWait(Milliseconds asked);
  // Whether an attempt at `when` is still worth it.
  bool MayTryAt(Clock::time_point when) const;
  Clock::time_point deadline() const { return deadline_; }

 private:
  Milliseconds patience_;
  Clock::time_point deadline_;
  Clock::time_point progressed_;
  int failures_ = 0;
  std::minstd_rand random_;
};

}  // namespace brink::storage
