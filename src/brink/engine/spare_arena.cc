#include "brink/engine/spare_arena.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace brink::engine {

struct SpareArena::State {
  std::shared_ptr<const void> memory;
  std::span<std::byte> arena;
  std::atomic<bool> taken{false};
  bool used = false;  // of whoever has it
};

SpareArena::SpareArena(std::shared_ptr<const void> memory, std::span<std::byte> arena)
    : state_(std::make_shared<State>()) {
  state_->memory = std::move(memory);
  state_->arena = arena;
}

std::shared_ptr<std::byte[]> SpareArena::Take() const {
  if (state_->taken.exchange(true, std::memory_order_acquire)) return nullptr;
  if (std::exchange(state_->used, true)) std::ranges::fill(state_->arena, std::byte{0});
  return {state_->arena.data(),
          [state = state_](std::byte*) { state->taken.store(false, std::memory_order_release); }};
}

}  // namespace brink::engine
