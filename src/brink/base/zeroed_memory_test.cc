#include "brink/base/zeroed_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

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

TEST(ZeroedMemory, LargePagesServeWhatFillsThemByHalf) {
  EXPECT_EQ(LargePages(0), 0U);
  EXPECT_EQ(LargePages(kLargePageBytes / 2 - 1), 0U);
  EXPECT_EQ(LargePages(kLargePageBytes / 2), 1U);
  EXPECT_EQ(LargePages(kLargePageBytes), 1U);
  EXPECT_EQ(LargePages(kLargePageBytes + kLargePageBytes / 2 - 1), 1U);
  EXPECT_EQ(LargePages(kLargePageBytes + kLargePageBytes / 2), 2U);
  EXPECT_EQ(LargePages(8 * kLargePageBytes + 1), 9U);
}

}  // namespace
}  // namespace brink
