#include "brink/base/zeroed_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>

namespace brink {
namespace {

constexpr size_t kAlignment = 64;

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
  const size_t room = bytes + kLargePageBytes;  // to begin where a large page can
  void* start = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  std::byte* first = AlignUp(start, kLargePageBytes);
  // A system without large pages says no, and all is well with small ones.
  madvise(first, bytes / kLargePageBytes * kLargePageBytes, MADV_HUGEPAGE);
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

ZeroedMemory AllocateZeroed(size_t bytes) {
  if (bytes > SIZE_MAX - kLargePageBytes) return nullptr;
  return bytes < kLargePageBytes ? FromHeap(bytes) : Mapped(bytes);
}

}  // namespace brink
