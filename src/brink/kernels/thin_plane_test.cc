#include "brink/kernels/thin_plane.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

// `lines` lines of `length` elements become their elements by turns, or the other way round.
struct Case {
  size_t bytes;
  int64_t lines;
  int64_t length;
  bool joins;
};

TransposedPlane PlaneOf(const Case& c, int64_t gap) {
  const auto step = static_cast<int64_t>(c.bytes);
  TransposedPlane plane{.element_bytes = c.bytes, .rows = c.lines, .columns = c.length};
  plane.from_stride = c.lines * step;
  plane.to_stride = (c.length + gap) * step;
  if (c.joins) {
    std::swap(plane.rows, plane.columns);
    std::swap(plane.from_stride, plane.to_stride);
  }
  return plane;
}

void ExpectTransposed(Random& random, const Case& c, const std::string& target) {
  const TransposedPlane plane = PlaneOf(c, random.Int(0, 3));
  ASSERT_TRUE(IsThin(plane));
  const auto from = random.Bytes<std::byte>(plane.columns * plane.from_stride);
  std::vector<std::byte> want(static_cast<size_t>(plane.rows * plane.to_stride), std::byte{0x5A});
  std::vector<std::byte> got = want;
  const auto step = static_cast<int64_t>(c.bytes);
  for (int64_t row = 0; row < plane.rows; ++row) {
    for (int64_t column = 0; column < plane.columns; ++column) {
      std::copy_n(from.begin() + column * plane.from_stride + row * step, c.bytes,
                  want.begin() + row * plane.to_stride + column * step);
    }
  }
  ChooseThinTranspose()(plane, from.data(), got.data());
  ASSERT_EQ(got, want) << target << ": " << c.lines << " x " << c.length << " of " << c.bytes;
}

TEST(ThinPlane, FewLinesBecomeTurnsAndBack) {
  ForEachTarget([](const std::string& target) {
    Random random(92);
    for (const size_t bytes : {1, 2, 4}) {
      for (int64_t lines = 2; lines <= (bytes == 1 ? 15 : 4); ++lines) {
        for (int i = 0; i < 20 && !testing::Test::HasFailure(); ++i) {
          const int64_t length = 16 / static_cast<int64_t>(bytes) + random.Int(0, 150);
          ExpectTransposed(random, {bytes, lines, length, i % 2 == 0}, target);
        }
      }
    }
  });
}

TEST(ThinPlane, OthersAreNot) {
  EXPECT_FALSE(IsThin(PlaneOf({4, 5, 100, false}, 0)));
  EXPECT_FALSE(IsThin(PlaneOf({8, 2, 100, false}, 0)));
  EXPECT_FALSE(IsThin(PlaneOf({1, 3, 15, true}, 0)));
  EXPECT_FALSE(IsThin(PlaneOf({4, 8, 100, true}, 0)));
  TransposedPlane gaps = PlaneOf({4, 3, 100, false}, 0);
  gaps.from_stride += 4;
  EXPECT_FALSE(IsThin(gaps));
}

}  // namespace
}  // namespace brink::kernels
