#include "brink/base/zeroed_memory.h"

#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <utility>

#include "brink/base/loader_features.h"
#include "brink/base/pages.h"

namespace brink {
namespace {

constexpr size_t kAlignment = 64;
// The heap may have less than that at hand, and may keep it for the next.
constexpr size_t kLeastMapped = size_t{64} << 10;

bool IsVirtualMachine() {
#ifdef BRINK_LOADER_KNOWS
  // CPUID's leaf 1, bit 31 of ECX: zero on a processor itself, one where a hypervisor answers.
  constexpr unsigned kEcx = 2;
  return (__x86_get_cpuid_feature_leaf(CPUID_INDEX_1)->cpuid_array[kEcx] >> 31) != 0;
#else
  return false;
#endif
}

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

using std::chrono::nanoseconds;

// Of this thread's processor: what others did there meanwhile does not count.
nanoseconds ProcessorTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

// What small pages for a large one's bytes take.
nanoseconds TimeOfSmallPages() {
  constexpr size_t kTried = size_t{64} << 10;
  void* start = mmap(nullptr, kTried, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nanoseconds::max();
  const nanoseconds before = ProcessorTime();
  ClaimPages({static_cast<std::byte*>(start), kTried});
  const nanoseconds took = ProcessorTime() - before;
  munmap(start, kTried);
  return took * (kLargePageBytes / kTried);
}

}  // namespace

void FreeZeroed::operator()(std::byte* /*bytes*/) const {
  if (mapped_bytes > 0) {
    munmap(start, mapped_bytes);
  } else {
    std::free(start);
  }
}

size_t LargePageCost() {
  static const size_t cost = kLargePageBytes / (IsVirtualMachine() ? 4 : 2);
  return cost;
}

size_t LargePages(size_t bytes, size_t cost) {
  const size_t whole = bytes / kLargePageBytes;
  const size_t rest = bytes % kLargePageBytes;
  const bool is_worth_it = rest >= cost;
  return whole + (is_worth_it || (rest > 0 && kLargePageBytes - rest <= bytes / 8) ? 1 : 0);
}

ZeroedMemory ReserveZeroed(size_t bytes) {
  if (bytes > SIZE_MAX - 2 * kLargePageBytes) return nullptr;
  return bytes < kLeastMapped ? FromHeap(bytes) : Mapped(bytes);
}

ZeroedMemory AllocateZeroed(size_t bytes) {
  ZeroedMemory memory = ReserveZeroed(bytes);
  if (memory == nullptr) return nullptr;
  const std::span<std::byte> whole(memory.get(), bytes);
  PageClaims(whole).Claim(whole);
  return memory;
}

PageClaims::PageClaims(std::span<std::byte> memory, Take take)
    : memory_(memory),
      take_(std::move(take)),
      count_(LargePages(memory.size())),
      pages_(std::make_unique<std::atomic<State>[]>(count_)) {}

std::span<std::atomic<PageClaims::State>> PageClaims::Touched(
    std::span<const std::byte> bytes) const {
  const auto first = static_cast<size_t>(bytes.data() - memory_.data());
  const size_t begin = first / kLargePageBytes;
  const size_t end = (first + bytes.size() + kLargePageBytes - 1) / kLargePageBytes;
  if (bytes.empty() || begin >= count_) return {};  // what lies behind them has its small pages
  return {pages_.get() + begin, std::min(end, count_) - begin};
}

void PageClaims::Claim(std::atomic<State>& page) {
  State state = State::kUnclaimed;
  if (!page.compare_exchange_strong(state, State::kBeingClaimed)) {
    // Two threads that take one page have the system clear two.
    while (page.load(std::memory_order_acquire) != State::kClaimed) std::this_thread::yield();
    return;
  }
  const auto index = static_cast<size_t>(&page - pages_.get());
  if (takes_large_ && !take_(memory_.data() + index * kLargePageBytes) &&
      takes_large_.exchange(false)) {
    madvise(memory_.data(), count_ * kLargePageBytes, MADV_NOHUGEPAGE);
  }
  page.store(State::kClaimed, std::memory_order_release);
}

void PageClaims::Claim(std::span<const std::byte> bytes) {
  for (std::atomic<State>& page : Touched(bytes)) Claim(page);
}

void PageClaims::Await(std::span<const std::byte> bytes, const std::atomic<bool>& others_claim) {
  for (const std::atomic<State>& page : Touched(bytes)) {
    while (page.load(std::memory_order_acquire) != State::kClaimed && others_claim)
      std::this_thread::yield();
  }
  Claim(bytes);
}

bool PageClaims::TakeTimed(std::byte* page) {
  using Clock = std::chrono::steady_clock;
  static std::atomic<Clock::time_point> far_away_until{Clock::time_point::min()};
  if (Clock::now() < far_away_until.load(std::memory_order_relaxed)) return false;
  const nanoseconds before = ProcessorTime();
  *const_cast<volatile std::byte*>(page) = std::byte{0};
  const bool far_away = WasFarAway(ProcessorTime() - before, &TimeOfSmallPages);
  if (far_away)
    far_away_until.store(Clock::now() + std::chrono::seconds(1), std::memory_order_relaxed);
  return !far_away;
}

bool PageClaims::WasFarAway(nanoseconds took, const std::function<nanoseconds()>& time_of_small) {
  constexpr nanoseconds kNear = std::chrono::microseconds(400);
  return took > kNear && took > 2 * time_of_small();
}

}  // namespace brink
