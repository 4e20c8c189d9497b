// Memory for what is large and used all over: packed weights, arenas.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace brink {

// What a system with large pages makes one of.
inline constexpr size_t kLargePageBytes = size_t{2} << 20;

struct FreeZeroed {
  void* start = nullptr;
  size_t mapped_bytes = 0;  // 0: of the heap
  void operator()(std::byte* bytes) const;
};
using ZeroedMemory = std::unique_ptr<std::byte[], FreeZeroed>;

// How many bytes of small pages take the time of one large page: half of it, or a quarter in a
// virtual machine, where a small page costs more (on the one that was measured 1.2 us, a large one
// 30 to 90). Elsewhere than on x86 nothing says whether it is one.
size_t LargePageCost();

// How many large pages serve `bytes`: as many as are filled, and one more where at least `cost` of
// it is, or where what it has beyond the end is at most an eighth of all.
size_t LargePages(size_t bytes, size_t cost = LargePageCost());

// `bytes` zeros, aligned to 64, that will all be used; null where memory is short. The system is
// asked to back LargePages(bytes) times kLargePageBytes of it with one page each, which it hands
// out in a twentieth to a half of the time of 512 small ones, while it has such pages at hand; the
// rest has small pages, all handed out at once, so that no memory is taken beyond it.
ZeroedMemory AllocateZeroed(size_t bytes);
// The same without its large pages, which come as they are claimed, or written to.
ZeroedMemory ReserveZeroed(size_t bytes);

// The large pages of memory from ReserveZeroed, claimed shortly before they are written to, when
// the zeros that the system writes are still in a cache. Any threads may claim at the same time.
//
// A host that lends memory to virtual machines takes back what lies idle, in pieces as large as
// such pages: to get one again took 2 to 5 ms where one that was used a moment ago took 0.1, and
// small pages for as many bytes, few of which are ever taken back, 0.7. So the first page that the
// system does not have at hand is the last: what is left has small ones.
class PageClaims {
 public:
  // Takes a page by a write of zeros to it: whether the system had it at hand.
  using Take = std::function<bool(std::byte* page)>;
  explicit PageClaims(std::span<std::byte> memory, Take take = &TakeTimed);

  std::span<std::byte> memory() const { return memory_; }
  // Has the pages in which a part of `bytes`, of that memory, lies.
  void Claim(std::span<const std::byte> bytes);
  // The same once somebody else has claimed them, or has said that it claims no more.
  void Await(std::span<const std::byte> bytes, const std::atomic<bool>& others_claim);

  // How a page is taken if nothing else is said. What one thread finds out holds for all, for a
  // second.
  static bool TakeTimed(std::byte* page);
  // Whether a large page that took as long to get was not at hand; `time_of_small` says what small
  // ones for its bytes take.
  static bool WasFarAway(std::chrono::nanoseconds took,
                         const std::function<std::chrono::nanoseconds()>& time_of_small);

 private:
  enum class State : unsigned char { kUnclaimed, kBeingClaimed, kClaimed };

  std::span<std::atomic<State>> Touched(std::span<const std::byte> bytes) const;
  void Claim(std::atomic<State>& page);

  std::span<std::byte> memory_;
  Take take_;
  size_t count_;
  std::unique_ptr<std::atomic<State>[]> pages_;
  std::atomic<bool> takes_large_{true};
};

}  // namespace brink
