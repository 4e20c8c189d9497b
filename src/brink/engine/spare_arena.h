// An arena that was allocated together with a plan's packed weights, because both together fill
// more large pages than each alone: whichever session asks first has it, until it gives it back.
// engine/ only; any thread may ask.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace brink::engine {

class SpareArena {
 public:
  // `memory` keeps `arena`, which holds zeros.
  SpareArena(std::shared_ptr<const void> memory, std::span<std::byte> arena);

  // Zeros, which live as long as what is returned; null while somebody else has them.
  std::shared_ptr<std::byte[]> Take() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace brink::engine
