#include "brink/kernels/requantize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace brink::kernels {
namespace {

TEST(Requantize, MultiplierIsTheNearestFixedPointNumber) {
  EXPECT_EQ(QuantizeMultiplier(0.5).value, 1 << 30);
  EXPECT_EQ(QuantizeMultiplier(0.5).shift, 0);
  EXPECT_EQ(QuantizeMultiplier(1.0).value, 1 << 30);
  EXPECT_EQ(QuantizeMultiplier(1.0).shift, 1);
  EXPECT_EQ(QuantizeMultiplier(0.0).value, 0);
  EXPECT_EQ(QuantizeMultiplier(std::nan("")).value, 0);
  EXPECT_EQ(QuantizeMultiplier(std::numeric_limits<double>::infinity()).value, 0);
  EXPECT_EQ(QuantizeMultiplier(1e-30).value, 0);
  EXPECT_EQ(QuantizeMultiplier(1e30).shift, 30);
  EXPECT_EQ(QuantizeMultiplier(1.0 - 1e-12).value, 1 << 30);  // the fraction rounds up to one
}

TEST(Requantize, MultiplyIsWithinOneOfTheRealProduct) {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    const auto x = static_cast<int32_t>(random()) >> 4;
    const double real = std::ldexp(1.0 + static_cast<double>(random()) / 4294967296.0,
                                   -static_cast<int>(random() % 20) - 1);
    const int32_t got = MultiplyByMultiplier(x, QuantizeMultiplier(real));
    EXPECT_NEAR(got, x * real, 1.01) << x << " * " << real;
  }
}

TEST(Requantize, DivisionByAPowerOfTwoRoundsHalfAwayFromZero) {
  EXPECT_EQ(RoundingDivideByPowerOfTwo(6, 2), 2);
  EXPECT_EQ(RoundingDivideByPowerOfTwo(5, 2), 1);
  EXPECT_EQ(RoundingDivideByPowerOfTwo(-6, 2), -2);
  EXPECT_EQ(RoundingDivideByPowerOfTwo(-5, 2), -1);
  EXPECT_EQ(RoundingDivideByPowerOfTwo(-7, 0), -7);
  EXPECT_EQ(RoundingDivideByPowerOfTwo(INT32_MIN, 31), -1);
}

// gemmlowp writes the rounding with a truncating division and a nudge of the product's sign.
TEST(Requantize, HighMultiplyEqualsGemmlowpsFormula) {
  std::mt19937 random(8);
  for (int i = 0; i < 100000; ++i) {
    const auto a = static_cast<int32_t>(random());
    const auto b = static_cast<int32_t>(random());
    const int64_t product = int64_t{a} * b;
    const int64_t nudge = product >= 0 ? (1 << 30) : 1 - (1 << 30);
    const auto want = static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
    ASSERT_EQ(RoundingDoublingHighMul(a, b), want) << a << " * " << b;
  }
  EXPECT_EQ(RoundingDoublingHighMul(INT32_MIN, INT32_MIN), INT32_MAX);
  EXPECT_EQ(RoundingDoublingHighMul(-3, 1 << 30), -1);
}

}  // namespace
}  // namespace brink::kernels
