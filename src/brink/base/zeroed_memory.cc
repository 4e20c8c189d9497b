#include "brink/base/zeroed_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "brink/base/pages.h"

namespace brink {
namespace {

constexpr size_t kAlignment = 64;
// The heap may have less than that at hand, and may keep it for the next.
constexpr size_t kLeastMapped = size_t{64} << 10;

std::byte* AlignUp(void* address, size_t alignment) {
  auto* bytes = static_cast<std::byte*>(address);
  return bytes + (alignment - reinterpret_cast<uintptr_t>(bytes) % alignment) % alignment;
}

ZeroedMemory FromHeap(size_t bytes) {
  void* start = std::calloc(bytes + kAlignment, 1);
  if (start == nullptr) return nullptr;
  return {AlignUp(start, kAlignment), FreeZeroed{.start = start}};
}

ZeroedMemory Mapped(size_t bytes) {
  const size_t large = LargePages(bytes) * kLargePageBytes;
  const bool is_large = large > 0;
  const size_t room =
      std::max(bytes, large) + (is_large ? kLargePageBytes : 0);  // to begin where a large page can
  void* start = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  std::byte* first = is_large ? AlignUp(start, kLargePageBytes) : static_cast<std::byte*>(start);
  // A system without large pages says no, and all is well with small ones.
  madvise(first, large, MADV_HUGEPAGE);
  if (bytes > large) ClaimPages({first + large, bytes - large});
  return {first, FreeZeroed{.start = start, .mapped_bytes = room}};
}

}  // namespace

void FreeZeroed::operator()(std::byte* /*bytes*/) const {
  if (mapped_bytes > 0) {
    munmap(start, mapped_bytes);
  } else {
    std::free(start);
  }
}

size_t LargePages(size_t bytes) {
  const size_t whole = bytes / kLargePageBytes;
  const size_t rest = bytes % kLargePageBytes;
  const bool is_half = rest >= kLargePageBytes / 2;
  return whole + (is_half || (rest > 0 && kLargePageBytes - rest <= bytes / 8) ? 1 : 0);
}

ZeroedMemory AllocateZeroed(size_t bytes) {
  if (bytes > SIZE_MAX - 2 * kLargePageBytes) return nullptr;
  return bytes < kLeastMapped ? FromHeap(bytes) : Mapped(bytes);
}

}  // namespace brink
