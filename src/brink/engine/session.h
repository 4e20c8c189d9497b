// One run of a Plan at a time: an arena of its own beside the shared weights. Cheap to create. Not
// for two threads at once; two sessions of one Plan run at once without a lock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "brink/base/result.h"
#include "brink/engine/plan.h"
#include "brink/engine/profile.h"
#include "brink/tensor/tensor.h"

namespace brink {
class ThreadPool;
}

namespace brink::engine {

// When a run gives up. A step that has begun ends; loops look at each turn.
struct RunLimits {
  const std::atomic<bool>* cancelled = nullptr;  // null: cannot be cancelled
  std::optional<std::chrono::steady_clock::time_point> deadline;
  int64_t loop_turns = 10'000'000;  // of all WHILE operators of a run together
};

class Session {
 public:
  // Allocates the arena; fails with kResourceExhausted when memory is short. `pool` (may be null:
  // the caller's thread alone) outlives the session and may be shared between sessions.
  static Result<std::unique_ptr<Session>> Create(std::shared_ptr<const Plan> plan,
                                                 ThreadPool* pool = nullptr);
  ~Session();

  // Views into the arena. Fill every input before each Run: a run may overwrite them. Of a kString
  // input: an array of std::string.
  TensorView input(int index);
  // Valid until the next Run or until an input is written, which may share its memory. The shape is
  // the plan's, or, where that is_dynamic, what the last Run found.
  ConstTensorView output(int index) const;

  // Computes with subnormal numbers taken for zeros, on every thread that takes part.
  // Fails only for what the data decides (an index out of range, a size over a cap) and by
  // `limits`: kCancelled, kDeadlineExceeded, kResourceExhausted. A given profile (any state; it is
  // resized) has each step's time added to it.
  Status Run(Profile* profile = nullptr, const RunLimits& limits = {});

  // Makes all variables what they are in a new session.
  void Reset();

  const Plan& plan() const;

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::engine
