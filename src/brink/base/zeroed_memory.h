// Memory for what is large and used all over: packed weights, arenas.
#pragma once

#include <cstddef>
#include <memory>

namespace brink {

// What a system with large pages makes one of.
inline constexpr size_t kLargePageBytes = size_t{2} << 20;

struct FreeZeroed {
  void* start = nullptr;
  size_t mapped_bytes = 0;  // 0: of the heap
  void operator()(std::byte* bytes) const;
};
using ZeroedMemory = std::unique_ptr<std::byte[], FreeZeroed>;

// `bytes` zeros, aligned to 64, that will all be used; null where memory is short. The system is
// asked to back each whole kLargePageBytes of it with one page, which it hands out in half the time
// of 512 small ones; the rest has small pages, all handed out at once, so that no memory is taken
// beyond `bytes`.
ZeroedMemory AllocateZeroed(size_t bytes);

}  // namespace brink
