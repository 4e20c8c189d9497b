#include "brink/kernels/short_conv.h"

#include <gtest/gtest.h>

#include <cmath>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/random_problem.h"
#include "brink/kernels/reference/short_conv.h"

namespace brink::kernels {
namespace {

void ExpectExact(Random& random, ShortConvProblem p, const std::vector<int64_t>& bias,
                 const std::vector<Multiplier>& multipliers) {
  const Conv2dShape& s = p.shape;
  p.wide = random.Chance(70);
  if (random.Chance(40)) p.range.low = 0;
  const auto inputs = static_cast<int64_t>(WindowInputs(s));
  const auto input = random.Bytes<int16_t>(s.in_elements());
  const auto filter = random.Bytes<int16_t>(inputs * s.out_channels);  // as bytes too
  const ShortConvWeights weights{filter.data(), bias, multipliers};
  std::vector<int16_t> want(static_cast<size_t>(s.out_elements())), got(want.size());
  reference::ShortConv(p, weights, input.data(), want.data());
  for (const int threads : {1, 2}) {
    AlignedBytes packed(ShortConvPackedBytes(p));
    PackShortConv(p, weights, packed.data());
    AlignedBytes scratch(ShortConvScratchBytes(p, threads));
    ShortConv(p, {packed.data(), input.data(), got.data(), scratch.data(),
                  threads == 1 ? Parallel{} : Backwards(threads)});
    ASSERT_TRUE(packed.intact());
    ASSERT_TRUE(scratch.intact());
    ASSERT_EQ(got, want) << Describe(s) << " on " << CpuTarget();
  }
}

void ExpectExact(Random& random, const ShortConvProblem& p) {
  const double inputs = static_cast<double>(WindowInputs(p.shape));
  std::vector<int64_t> bias;
  if (random.Chance(70)) {
    for (int i = 0; i < p.shape.out_channels; ++i) bias.push_back(random.Int(-2000000, 2000000));
  }
  std::vector<Multiplier> multipliers;
  for (int i = random.Chance(50) ? 1 : p.shape.out_channels; i > 0; --i) {
    multipliers.push_back(
        QuantizeMultiplier(double{random.Float(0.1F, 3.0F)} / (40.0 * std::sqrt(inputs))));
  }
  ExpectExact(random, p, bias, multipliers);
}

ShortConvProblem RandomShortProblem(Random& random) {
  ShortConvProblem p;
  do {
    p.shape = RandomShape(random);
    p.shape.in_height = std::min(p.shape.in_height, 9);
    p.shape.out_channels = std::min(p.shape.out_channels, 40 * p.shape.groups);
  } while (!PlaceWindows(p.shape, random));
  return p;
}

TEST(ShortConv, IsExactOnRandomProblems) {
  ForEachTarget([](const std::string&) {
    Random random(61);
    for (int i = 0; i < 40 && !testing::Test::HasFailure(); ++i) {
      ShortConvProblem p = RandomShortProblem(random);
      if (random.Chance(10)) p.filter_type = Type::kInt16;
      ExpectExact(random, p);
    }
  });
}

TEST(ShortConv, IsExactOnDepthwiseProblems) {
  ForEachTarget([](const std::string&) {
    Random random(62);
    for (int i = 0; i < 40 && !testing::Test::HasFailure(); ++i) {
      ShortConvProblem p = RandomShortProblem(random);
      p.layout = FilterLayout::kHwo;
      p.shape.in_channels = p.shape.groups = random.Int(1, 40);
      p.shape.out_channels = p.shape.in_channels * (random.Chance(70) ? 1 : random.Int(2, 4));
      ExpectExact(random, p);
    }
  });
}

// Multipliers of any size next to each other, and biases that leave 32 bits.
TEST(ShortConv, IsExactWhereSumsAndMultipliersAreLarge) {
  ForEachTarget([](const std::string&) {
    Random random(63);
    for (int i = 0; i < 60 && !testing::Test::HasFailure(); ++i) {
      ShortConvProblem p = RandomShortProblem(random);
      if (i % 2 == 0) {
        p.layout = FilterLayout::kHwo;
        p.shape.in_channels = p.shape.groups = p.shape.out_channels = random.Int(1, 70);
      }
      std::vector<int64_t> bias;
      std::vector<Multiplier> multipliers;
      for (int c = 0; c < p.shape.out_channels; ++c) {
        bias.push_back(random.Chance(3) ? random.Int(-9, 9) * (int64_t{1} << 29)
                                        : random.Int(-2000000, 2000000));
        const int least = random.Chance(95) ? -20 : -34;
        const int most = random.Chance(95) ? -3 : 4;
        multipliers.push_back(QuantizeMultiplier(
            std::ldexp(double{random.Float(0.5F, 1.0F)}, random.Int(least, most))));
      }
      ExpectExact(random, p, bias, multipliers);
    }
  });
}

TEST(ShortConv, LongSumsLeaveThirtyTwoBitsAndStayExact) {
  ForEachTarget([](const std::string&) {
    ShortConvProblem p;
    p.shape.in_channels = 3000;
    p.shape.out_channels = 5;
    const std::vector<int16_t> input(3000, -32768);
    const std::vector<int8_t> filter(15000, -128);
    const Multiplier multiplier = QuantizeMultiplier(1e-6);
    std::vector<int16_t> got(5);
    AlignedBytes packed(ShortConvPackedBytes(p));
    PackShortConv(p, {filter.data(), {}, {&multiplier, 1}}, packed.data());
    AlignedBytes scratch(ShortConvScratchBytes(p, 1));
    ShortConv(p, {packed.data(), input.data(), got.data(), scratch.data(), {}});
    for (const int16_t value : got) EXPECT_NEAR(value, 12583, 2);
  });
}

}  // namespace
}  // namespace brink::kernels
