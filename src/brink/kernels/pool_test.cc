#include "brink/kernels/pool.h"

#include <gtest/gtest.h>

#include "brink/kernels/random_problem.h"
#include "brink/kernels/reference/pool.h"
#include "brink/tensor/type.h"

namespace brink::kernels {
namespace {

Conv2dShape RandomPoolShape(Random& random) {
  Conv2dShape s;
  do {
    s = RandomShape(random);
    s.in_channels = random.Chance(20) ? random.Int(60, 140) : random.Int(1, 40);
    s.out_channels = s.in_channels;
    s.groups = 1;
    s.window.dilation_height = s.window.dilation_width = 1;
    if (random.Chance(10)) {
      s.window.height = s.in_height;
      s.window.width = s.in_width;
    }
  } while (!PlaceWindows(s, random.Chance(50) ? Padding::kSame : Padding::kValid));
  return s;
}

TEST(Pool, FloatPoolsAgreeWithTheReference) {
  ForEachTarget([](const std::string& target) {
    Random random(31);
    for (int i = 0; i < 150 && !testing::Test::HasFailure(); ++i) {
      PoolProblem p{RandomPoolShape(random), {}};
      if (random.Chance(40)) p.range = {0, 0.4F};
      const auto input = random.Floats(p.shape.in_elements());
      const auto elements = static_cast<size_t>(p.shape.out_elements());
      std::vector<float> want(elements), got(elements);
      reference::MaxPool(p, input.data(), want.data());
      MaxPool(p, input.data(), got.data(), Backwards(2));
      ASSERT_EQ(got, want) << target << " max " << Describe(p.shape);
      reference::AveragePool(p, input.data(), want.data());
      AveragePool(p, input.data(), got.data(), Backwards(2));
      for (size_t at = 0; at < elements; ++at) {
        ASSERT_NEAR(got[at], want[at], 1e-6) << target << " average " << Describe(p.shape);
      }
      reference::L2Pool(p, input.data(), want.data());
      L2Pool(p, input.data(), got.data(), Backwards(2));
      for (size_t at = 0; at < elements; ++at) {
        ASSERT_NEAR(got[at], want[at], 1e-6) << target << " L2 " << Describe(p.shape);
      }
    }
  });
}

template <class T>
void ExpectExactPools(uint32_t seed) {
  ForEachTarget([&](const std::string& target) {
    Random random(seed);
    for (int i = 0; i < 150 && !testing::Test::HasFailure(); ++i) {
      QuantizedPoolProblem p{RandomPoolShape(random), TypeRange(TypeOf<T>())};
      if (random.Chance(40)) p.range = {p.range.low + 60, p.range.high - 50};
      const auto input = random.Bytes<T>(p.shape.in_elements());
      const auto elements = static_cast<size_t>(p.shape.out_elements());
      std::vector<T> want(elements), got(elements);
      reference::MaxPool(p, input.data(), want.data());
      MaxPool(p, input.data(), got.data(), Backwards(2));
      ASSERT_EQ(got, want) << target << " max " << Describe(p.shape);
      reference::AveragePool(p, input.data(), want.data());
      AveragePool(p, input.data(), got.data(), Backwards(2));
      ASSERT_EQ(got, want) << target << " average " << Describe(p.shape);
    }
  });
}

TEST(Pool, SignedPoolsAreExact) { ExpectExactPools<int8_t>(32); }
TEST(Pool, UnsignedPoolsAreExact) { ExpectExactPools<uint8_t>(33); }
TEST(Pool, SixteenBitPoolsAreExact) { ExpectExactPools<int16_t>(34); }

template <class T>
void ExpectExactFours(uint32_t seed) {
  ForEachTarget([&](const std::string& target) {
    Random random(seed);
    for (int i = 0; i < 120 && !testing::Test::HasFailure(); ++i) {
      QuantizedPoolProblem p{RandomPoolShape(random), TypeRange(TypeOf<T>())};
      p.shape.in_width = random.Int(2, 40);
      p.shape.window.height = p.shape.window.width = 2;
      if (!PlaceWindows(p.shape, random.Chance(50) ? Padding::kSame : Padding::kValid)) continue;
      if (random.Chance(40)) p.range = {p.range.low + 60, p.range.high - 50};
      const auto input = random.Bytes<T>(p.shape.in_elements());
      const auto elements = static_cast<size_t>(p.shape.out_elements());
      std::vector<T> want(elements), got(elements);
      reference::MaxPool(p, input.data(), want.data());
      MaxPool(p, input.data(), got.data(), Backwards(2));
      ASSERT_EQ(got, want) << target << " max " << Describe(p.shape);
    }
  });
}

TEST(Pool, MaximaOfFourNeighboursAreExact) {
  ExpectExactFours<int8_t>(35);
  ExpectExactFours<uint8_t>(36);
  ExpectExactFours<int16_t>(37);
}

TEST(Pool, AveragesRoundHalfAwayFromZero) {
  QuantizedPoolProblem p;
  p.range = {-128, 127};
  p.shape.in_width = 2;
  p.shape.window.width = 2;
  for (const auto& [a, b, want] :
       {std::array{-1, -2, -2}, {1, 2, 2}, {-1, 0, -1}, {127, 127, 127}}) {
    const int8_t input[] = {static_cast<int8_t>(a), static_cast<int8_t>(b)};
    int8_t output = 0;
    AveragePool(p, input, &output, {});
    EXPECT_EQ(output, want);
  }
}

// Sums next to those whose quotients are halves and whole numbers, of as many cells as sums of 16
// bits hold and more.
template <class T>
void ExpectExactQuotients(uint32_t seed) {
  ForEachTarget([&](const std::string& target) {
    Random random(seed);
    for (int cells = 1; cells <= 260 && !testing::Test::HasFailure(); ++cells) {
      QuantizedPoolProblem p{{}, TypeRange(TypeOf<T>())};
      p.shape.in_width = p.shape.window.width = cells;
      p.shape.in_channels = p.shape.out_channels = 18;
      ASSERT_TRUE(PlaceWindows(p.shape, Padding::kValid));
      std::vector<T> input(static_cast<size_t>(p.shape.in_elements()));
      for (size_t c = 0; c < 18; ++c) {
        const int value = random.Int(p.range.low, p.range.high - 1);
        const int more = random.Chance(50) ? cells / 2 + random.Int(-1, 1) : random.Int(-1, 1);
        for (int cell = 0; cell < cells; ++cell)
          input[static_cast<size_t>(cell) * 18 + c] = static_cast<T>(c == 0        ? p.range.low
                                                                     : cell < more ? value + 1
                                                                                   : value);
      }
      std::vector<T> want(18), got(18);
      reference::AveragePool(p, input.data(), want.data());
      AveragePool(p, input.data(), got.data(), {});
      ASSERT_EQ(got, want) << target << ", " << cells << " cells";
    }
  });
}

TEST(Pool, AveragesOfAnyNumberOfCellsAreExact) {
  ExpectExactQuotients<int8_t>(38);
  ExpectExactQuotients<uint8_t>(39);
}

TEST(Pool, AnAverageOverAHugeWindowIsExact) {
  QuantizedPoolProblem p;
  p.range = {0, 255};
  p.shape.in_height = p.shape.window.height = 300;
  p.shape.in_width = p.shape.window.width = 200;
  const std::vector<uint8_t> input(60000, 255);
  uint8_t output = 0;
  AveragePool(p, input.data(), &output, {});
  EXPECT_EQ(output, 255);
}

}  // namespace
}  // namespace brink::kernels
