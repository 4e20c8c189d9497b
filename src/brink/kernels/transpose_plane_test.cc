#include "brink/kernels/transpose_plane.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

void ExpectTransposed(Random& random, size_t bytes, const std::string& target) {
  const auto tile = static_cast<int>(TransposedTile(bytes));
  const auto step = static_cast<int64_t>(bytes);
  TransposedPlane plane{.element_bytes = bytes,
                        .rows = tile + random.Int(0, 5 * tile),
                        .columns = tile + random.Int(0, 8 * tile)};
  // With gaps between lines, which stay as they are.
  plane.from_stride = (plane.rows + random.Int(0, 3)) * step;
  plane.to_stride = (plane.columns + random.Int(0, 3)) * step;
  const auto from = random.Bytes<std::byte>(plane.columns * plane.from_stride);
  std::vector<std::byte> want(static_cast<size_t>(plane.rows * plane.to_stride), std::byte{0x5A});
  std::vector<std::byte> got = want;
  for (int64_t row = 0; row < plane.rows; ++row) {
    for (int64_t column = 0; column < plane.columns; ++column) {
      std::copy_n(from.begin() + column * plane.from_stride + row * step, bytes,
                  want.begin() + row * plane.to_stride + column * step);
    }
  }
  ChooseTranspose()(plane, from.data(), got.data());
  ASSERT_EQ(got, want) << target << ": " << plane.rows << " x " << plane.columns << " of " << bytes;
}

TEST(TransposePlane, EveryElementTradesRowForColumn) {
  ForEachTarget([](const std::string& target) {
    Random random(91);
    for (const size_t bytes : {1, 2, 4, 8}) {
      for (int i = 0; i < 40 && !testing::Test::HasFailure(); ++i)
        ExpectTransposed(random, bytes, target);
    }
  });
}

TEST(TransposePlane, OtherElementsHaveNoTile) {
  EXPECT_EQ(TransposedTile(12), 0);
  EXPECT_EQ(TransposedTile(16), 0);
}

}  // namespace
}  // namespace brink::kernels
