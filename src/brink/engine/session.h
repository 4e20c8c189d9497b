// One run of a Plan at a time: an arena of its own beside the shared weights. Cheap to create. Not
// for two threads at once; two sessions of one Plan run at once without a lock.
#pragma once

#include <memory>

#include "brink/base/result.h"
#include "brink/engine/plan.h"
#include "brink/engine/profile.h"
#include "brink/tensor/tensor.h"

namespace brink {
class ThreadPool;
}

namespace brink::engine {

class Session {
 public:
  // Allocates the arena; fails with kResourceExhausted when memory is short. `pool` (may be null:
  // the caller's thread alone) outlives the session and may be shared between sessions.
  static Result<std::unique_ptr<Session>> Create(std::shared_ptr<const Plan> plan,
                                                 ThreadPool* pool = nullptr);
  ~Session();

  // Views into the arena. Fill every input before each Run: a run may overwrite them.
  TensorView input(int index);
  // Valid until the next Run or until an input is written, which may share its memory.
  ConstTensorView output(int index) const;

  // Fails only for what the data decides (an index out of range, a size over a cap).
  // A given profile (any state; it is resized) has each step's time added to it.
  Status Run(Profile* profile = nullptr);

  const Plan& plan() const;

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::engine
