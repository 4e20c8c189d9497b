#include "brink/kernels/split_index.h"

#include <gtest/gtest.h>

#include <limits>

namespace brink::kernels {
namespace {

void ExpectSplit(int64_t index, int extent) {
  const auto [outer, inner] = SplitIndex(index, extent);
  EXPECT_EQ(outer, index / extent) << index << " by " << extent;
  EXPECT_EQ(inner, index % extent) << index << " by " << extent;
}

TEST(SplitIndex, IsQuotientAndRestOnBothSidesOf32Bits) {
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  constexpr int kLongest = std::numeric_limits<int>::max();
  for (const int extent : {1, 2, 3, 100, 65'537, kLongest}) {
    for (const int64_t index :
         {int64_t{0}, int64_t{1}, int64_t{99}, int64_t{extent} - 1, int64_t{extent}, kMost - 1,
          kMost, kMost + 1, kMost + 2, int64_t{1} << 40})
      ExpectSplit(index, extent);
  }
}

}  // namespace
}  // namespace brink::kernels
