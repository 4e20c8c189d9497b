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

// How many large pages serve `bytes`: as many as are filled, and one more where at least half of it
// is, as it is had in no more time than that half in small ones, or where what it has beyond the
// end is at most an eighth of all.
size_t LargePages(size_t bytes);

// `bytes` zeros, aligned to 64, that will all be used; null where memory is short. The system is
// asked to back LargePages(bytes) times kLargePageBytes of it with one page each, which it hands
// out in a twentieth to a half of the time of 512 small ones; the rest has small pages, all handed
// out at once, so that no memory is taken beyond it.
ZeroedMemory AllocateZeroed(size_t bytes);

}  // namespace brink
