#include "brink/kernels/float_functions.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

using MathFunction = double (*)(double);

struct Oracle {
  FloatFunction function;
  MathFunction exact;
  double units;  // of the last place of 1 or of the result
};

const Oracle kOracles[] = {
    {FloatFunction::kAbs, [](double x) { return std::abs(x); }, 0},
    {FloatFunction::kNeg, [](double x) { return -x; }, 0},
    {FloatFunction::kSquare, [](double x) { return x * x; }, 0.5},
    {FloatFunction::kSqrt, [](double x) { return std::sqrt(x); }, 0.5},
    {FloatFunction::kRsqrt, [](double x) { return 1 / std::sqrt(x); }, 2},
    {FloatFunction::kExp, [](double x) { return std::exp(x); }, 4},
    {FloatFunction::kLog, [](double x) { return std::log(x); }, 4},
    {FloatFunction::kSin, [](double x) { return std::sin(x); }, 4},
    {FloatFunction::kCos, [](double x) { return std::cos(x); }, 4},
    {FloatFunction::kFloor, [](double x) { return std::floor(x); }, 0},
    {FloatFunction::kCeil, [](double x) { return std::ceil(x); }, 0},
    {FloatFunction::kRound, [](double x) { return std::nearbyint(x); }, 0},
    {FloatFunction::kSign, [](double x) { return x > 0   ? 1.0
                                                 : x < 0 ? -1.0
                                                         : 0.0; }, 0},
};

#if defined(__arm__)
constexpr float kTiny = 2e-38F;  // NEON takes what has no full precision for zero
#else
constexpr float kTiny = 1e-40F;
#endif

std::vector<float> Inputs(Random& random, int64_t count) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> input = random.Floats(count, -9, 9);
  for (size_t i = 0; i < input.size(); i += 3) input[i] = random.Float(0, 80);
  for (size_t i = 1; i < input.size(); i += 7)
    input[i] = static_cast<float>(random.Int(-9, 9)) + 0.5F;
  const float odd[] = {0, -0.0F, kInfinity, -kInfinity, std::nanf(""), 1e30F, -1e30F, kTiny, 1e6F};
  for (size_t i = 2; i < input.size(); i += 11) input[i] = odd[i % std::size(odd)];
  return input;
}

bool IsNear(float got, double exact, double units) {
  if (std::isnan(exact)) return std::isnan(got);
  const auto rounded = static_cast<float>(exact);
  if (rounded == got || std::abs(exact) < std::numeric_limits<float>::min()) return true;
  if (std::isinf(rounded) || std::isinf(got)) return false;
  const double unit = 0x1p-23 * std::max(1.0, std::abs(exact));
  return std::abs(got - exact) <= units * unit;
}

TEST(FloatFunctions, AgreeWithLibm) {
  ForEachTarget([](const std::string& target) {
    Random random(91);
    for (const int64_t count : {0, 1, 5, 16, 33, 1000, 40000}) {
      const std::vector<float> input = Inputs(random, count);
      for (const Oracle& oracle : kOracles) {
        std::vector<float> got(input.size() + 1, -7.0F);
        MapFloats(oracle.function, {input.data(), got.data(), count}, Backwards(2));
        for (size_t i = 0; i < input.size(); ++i) {
          const double exact = oracle.exact(double{input[i]});
          ASSERT_TRUE(IsNear(got[i], exact, oracle.units))
              << target << " function " << static_cast<int>(oracle.function) << " of " << input[i]
              << ": " << got[i] << ", exact " << exact;
        }
        EXPECT_EQ(got.back(), -7.0F);
        std::vector<float> same = input;
        MapFloats(oracle.function, {same.data(), same.data(), count}, {});
        for (size_t i = 0; i < same.size(); ++i)
          ASSERT_TRUE(same[i] == got[i] || std::isnan(got[i])) << "in place";
      }
    }
  });
}

// Numbers of every sign, exponent and mantissa, infinite ones and NaNs among them.
TEST(FloatFunctions, AreAccurateForNumbersOfEverySize) {
  std::vector<float> input;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 19997)
    input.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  std::erase_if(input, [](float x) { return std::fpclassify(x) == FP_SUBNORMAL; });
  ForEachTarget([&](const std::string& target) {
    for (const Oracle& oracle : kOracles) {
      if (oracle.units < 2) continue;
      std::vector<float> got(input.size());
      MapFloats(oracle.function, {input.data(), got.data(), std::ssize(input)}, {});
      for (size_t i = 0; i < input.size(); ++i) {
        const double exact = oracle.exact(double{input[i]});
        ASSERT_TRUE(IsNear(got[i], exact, oracle.units / 2))
            << target << " function " << static_cast<int>(oracle.function) << " of " << input[i]
            << ": " << got[i] << ", exact " << exact;
      }
    }
  });
}

TEST(FloatFunctions, LogarithmKeepsItsPlacesBesideOne) {
  std::vector<float> input;
  for (int i = -200000; i < 200000; i += 7) input.push_back(1 + static_cast<float>(i) * 0x1p-23F);
  ForEachTarget([&](const std::string& target) {
    std::vector<float> got(input.size());
    MapFloats(FloatFunction::kLog, {input.data(), got.data(), std::ssize(input)}, {});
    for (size_t i = 0; i < input.size(); ++i) {
      const double exact = std::log(double{input[i]});
      ASSERT_NEAR(got[i], exact, 2 * 0x1p-23 * std::abs(exact)) << target << " of " << input[i];
    }
  });
}

}  // namespace
}  // namespace brink::kernels
