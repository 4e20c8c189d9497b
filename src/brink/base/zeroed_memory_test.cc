#include "brink/base/zeroed_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "brink/base/file.h"

namespace brink {
namespace {

TEST(ZeroedMemory, IsZeroAlignedAndWritableWhateverItsSize) {
  for (const size_t bytes :
       {size_t{0}, size_t{1}, size_t{64}, size_t{100'000}, kLargePageBytes - 1, kLargePageBytes,
        2 * kLargePageBytes + 12'345, 3 * kLargePageBytes - 12'345}) {
    ZeroedMemory memory = AllocateZeroed(bytes);
    ASSERT_NE(memory, nullptr) << bytes;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.get()) % 64, 0U) << bytes;
    std::byte* const end = memory.get() + bytes;
    EXPECT_TRUE(std::all_of(memory.get(), end, [](std::byte b) { return b == std::byte{0}; }));
    std::fill(memory.get(), end, std::byte{1});
    memory.reset();
  }
}

TEST(ZeroedMemory, WhatCannotBeHadIsNull) {
  EXPECT_EQ(AllocateZeroed(SIZE_MAX), nullptr);
  EXPECT_EQ(AllocateZeroed(SIZE_MAX - kLargePageBytes), nullptr);
  EXPECT_EQ(AllocateZeroed(SIZE_MAX - 2 * kLargePageBytes), nullptr);
}

TEST(ZeroedMemory, LargePagesServeWhatWouldTakeAsLongInSmallOnes) {
  for (const size_t cost : {kLargePageBytes / 2, kLargePageBytes / 4}) {
    EXPECT_EQ(LargePages(0, cost), 0U);
    EXPECT_EQ(LargePages(cost - 1, cost), 0U);
    EXPECT_EQ(LargePages(cost, cost), 1U);
    EXPECT_EQ(LargePages(kLargePageBytes, cost), 1U);
    EXPECT_EQ(LargePages(kLargePageBytes + cost - 1, cost), 1U);
    EXPECT_EQ(LargePages(kLargePageBytes + cost, cost), 2U);
    EXPECT_EQ(LargePages(8 * kLargePageBytes + 1, cost), 9U);
  }
  EXPECT_THAT(LargePageCost(), testing::AnyOf(kLargePageBytes / 2, kLargePageBytes / 4));
}

// Remembers which pages it took; has `near` of them at hand.
struct Taker {
  const std::byte* memory;
  size_t near;
  std::vector<size_t> taken;
  std::vector<std::thread::id> threads;

  PageClaims::Take Take() {
    return [this](std::byte* page) {
      taken.push_back(static_cast<size_t>(page - memory) / kLargePageBytes);
      threads.push_back(std::this_thread::get_id());
      return taken.size() <= near;
    };
  }
};

class PageClaimsTest : public testing::Test {
 protected:
  static constexpr size_t kPages = 4;
  static constexpr size_t kBytes = kPages * kLargePageBytes + 100;  // small pages behind them
  std::span<std::byte> Part(size_t first, size_t bytes) const {
    return std::span(memory_.get(), kBytes).subspan(first, bytes);
  }
  // What the system keeps of the memory's mapping: "hg" where it is asked for large pages, "nh"
  // where it is asked for none. Empty where it does not say.
  std::string Flags() const {
    const auto text = ReadTextFile("/proc/self/smaps", size_t{16} << 20);
    char address[32];
    std::snprintf(address, sizeof(address), "\n%lx-",
                  static_cast<unsigned long>(reinterpret_cast<uintptr_t>(memory_.get())));
    const size_t at = text ? text->find(address) : std::string::npos;
    const size_t flags = at == std::string::npos ? at : text->find("VmFlags:", at);
    return flags == std::string::npos ? "" : text->substr(flags, text->find('\n', flags) - flags);
  }

  const ZeroedMemory memory_ = ReserveZeroed(kBytes);
  Taker taker_{.memory = memory_.get(), .near = kPages, .taken = {}, .threads = {}};
};

TEST_F(PageClaimsTest, TakesThePagesOfWhatIsClaimedOnce) {
  PageClaims claims(Part(0, kBytes), taker_.Take());
  claims.Claim(Part(kLargePageBytes, 0));
  EXPECT_THAT(taker_.taken, testing::IsEmpty());
  claims.Claim(Part(kLargePageBytes - 1, 1));
  EXPECT_THAT(taker_.taken, testing::ElementsAre(0));
  claims.Claim(Part(kLargePageBytes - 1, 2));
  EXPECT_THAT(taker_.taken, testing::ElementsAre(0, 1));
  claims.Claim(Part(kPages * kLargePageBytes, 100));
  EXPECT_THAT(taker_.taken, testing::ElementsAre(0, 1));
  claims.Claim(Part(0, kBytes));
  EXPECT_THAT(taker_.taken, testing::ElementsAre(0, 1, 2, 3));
}

TEST_F(PageClaimsTest, TheFirstPageThatIsNotAtHandIsTheLast) {
  const std::string before = Flags();
  taker_.near = 1;
  PageClaims claims(Part(0, kBytes), taker_.Take());
  claims.Claim(Part(0, kBytes));
  EXPECT_THAT(taker_.taken, testing::ElementsAre(0, 1));
  EXPECT_TRUE(std::ranges::all_of(Part(0, kBytes), [](std::byte b) { return b == std::byte{0}; }));
  if (before.find(" hg") == std::string::npos) GTEST_SKIP() << "no large pages: '" << before << "'";
  EXPECT_THAT(Flags(), testing::HasSubstr(" nh"));
}

TEST_F(PageClaimsTest, WhoAwaitsThemLeavesThemToOthersAsLongAsTheseClaim) {
  PageClaims claims(Part(0, kBytes), taker_.Take());
  std::atomic<bool> others_claim = true;
  std::thread waiting([&] {
    claims.Await(Part(0, 2 * kLargePageBytes), others_claim);
    claims.Await(Part(0, kBytes), others_claim);
  });
  const std::thread::id other = waiting.get_id();
  claims.Claim(Part(kLargePageBytes, 1));
  claims.Claim(Part(0, 1));
  others_claim = false;
  waiting.join();
  EXPECT_THAT(taker_.taken, testing::ElementsAre(1, 0, 2, 3));
  const std::thread::id mine = std::this_thread::get_id();
  EXPECT_THAT(taker_.threads, testing::ElementsAre(mine, mine, other, other));
}

TEST(PageClaims, ATakenPageHoldsZeros) {
  const ZeroedMemory memory = ReserveZeroed(kLargePageBytes);
  PageClaims::TakeTimed(memory.get());
  const std::span bytes(memory.get(), kLargePageBytes);
  EXPECT_TRUE(std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; }));
}

TEST(PageClaims, APageWasFarAwayWhenSmallOnesAreHadInHalfItsTime) {
  using std::chrono::microseconds;
  using std::chrono::nanoseconds;
  const auto small = [](int us) { return [us]() -> nanoseconds { return microseconds(us); }; };
  const auto unasked = []() -> nanoseconds {
    ADD_FAILURE() << "to ask takes longer than it is worth";
    return {};
  };
  EXPECT_FALSE(PageClaims::WasFarAway(microseconds(100), unasked));
  EXPECT_FALSE(PageClaims::WasFarAway(microseconds(1400), small(700)));
  EXPECT_TRUE(PageClaims::WasFarAway(microseconds(1500), small(700)));
  EXPECT_FALSE(PageClaims::WasFarAway(microseconds(1500), small(1000)));  // a slow board
}

}  // namespace
}  // namespace brink
