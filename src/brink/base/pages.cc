#include "brink/base/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

// Since Linux 5.14; Debian 12's own header has them.
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace brink {
namespace {

// Below, the call takes as long as it saves.
constexpr size_t kLeastPages = 4;

uintptr_t PageBytes() {
  static const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  return page;
}

// For all pages that have a part of the bytes.
void Advise(const std::byte* first, size_t bytes, int advice) {
  const uintptr_t page = PageBytes();
  if (bytes < kLeastPages * page) return;
  const uintptr_t before = reinterpret_cast<uintptr_t>(first) % page;
  const uintptr_t whole = (before + bytes + page - 1) / page * page;
  madvise(const_cast<std::byte*>(first) - before, whole, advice);
}

}  // namespace

void FetchPages(std::span<const std::byte> bytes) {
  // A read of one of these has Linux map its neighbours too (mm/memory.c, fault_around_bytes): half
  // the time of MADV_POPULATE_READ, which looks for page after page.
  constexpr size_t kMappedTogether = size_t{64} << 10;
  const size_t to_next =
      kMappedTogether - reinterpret_cast<uintptr_t>(bytes.data()) % kMappedTogether;
  for (size_t i = 0; i < bytes.size(); i = i == 0 ? to_next : i + kMappedTogether)
    static_cast<void>(*const_cast<const volatile std::byte*>(&bytes[i]));
}

void ReleasePages(std::span<const std::byte> bytes) {
  const uintptr_t page = PageBytes();
  if (bytes.size() < kLeastPages * page) return;
  const auto first = reinterpret_cast<uintptr_t>(bytes.data());
  const uintptr_t before = (page - first % page) % page;  // of a page that begins elsewhere
  const uintptr_t whole = (bytes.size() - before) / page * page;
  madvise(const_cast<std::byte*>(bytes.data()) + before, whole, MADV_DONTNEED);
}

void ClaimPages(std::span<std::byte> bytes) {
  Advise(bytes.data(), bytes.size(), MADV_POPULATE_WRITE);
}

}  // namespace brink
