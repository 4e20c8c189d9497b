#include "brink/kernels/hybrid_conv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "brink/kernels/choose.h"
#include "brink/kernels/cpu.h"
#include "brink/kernels/product_testing.h"
#include "brink/kernels/reference/conv.h"

namespace brink::kernels {
namespace {

struct HybridConvCase {
  HybridConvProblem problem;
  std::vector<float> input;
  std::vector<float> bias;  // or none
  std::vector<float> scales;
  std::vector<int8_t> filter;
};

HybridConvCase RandomCase(Random& random) {
  HybridConvCase c;
  Conv2dShape& s = c.problem.shape;
  do {
    s = RandomShape(random);
  } while (!PlaceWindows(s, random));
  c.problem.asymmetric = random.Chance(50);
  if (random.Chance(30)) c.problem.range = {-1, 1};
  c.input = random.Floats(s.in_elements(), random.Float(-3, 1), random.Float(1, 3));
  if (random.Chance(10)) std::fill(c.input.begin(), c.input.end(), 0.0F);
  if (random.Chance(10)) c.input[0] = std::numeric_limits<float>::quiet_NaN();
  if (random.Chance(50)) c.bias = random.Floats(s.out_channels);
  c.scales = random.Floats(random.Chance(50) ? 1 : s.out_channels, 0.001F, 0.01F);
  c.filter = random.Bytes<int8_t>(int64_t{s.window.height} * s.window.width *
                                  (s.in_channels / s.groups) * s.out_channels);
  return c;
}

// round(x * inverse + zero), as the target in use rounds it.
float Rounded(float x, float inverse, float zero) {
  [[maybe_unused]] const float product = x * inverse;
  [[maybe_unused]] const std::string_view target = CpuTarget();
#if defined(__aarch64__)
  if (target.starts_with("neon")) return std::nearbyint(product) + zero;
#elif defined(__x86_64__)
  if (!target.starts_with("avx")) return std::nearbyint(product + zero);
#endif
  return std::nearbyint(std::fma(x, inverse, zero));
}

// The images as their quantised numbers mean them, straight from the formulas.
std::vector<float> Quantised(const HybridConvCase& c) {
  const auto image = c.input.size() / static_cast<size_t>(c.problem.shape.batch);
  std::vector<float> result;
  for (size_t begin = 0; begin < c.input.size(); begin += image) {
    float low = 0;
    float high = 0;
    const std::span x = std::span(c.input).subspan(begin, image);
    for (const float v : x) {  // NaNs count as zeros
      low = v < low ? v : low;
      high = v > high ? v : high;
    }
    const bool asymmetric = c.problem.asymmetric;
    const float scale =
        std::max(asymmetric ? (high - low) / 255 : std::max(-low, high) / 127, 1e-30F);
    const float zero = asymmetric ? std::clamp(std::round(-128 - low / scale), -128.0F, 127.0F) : 0;
    for (const float v : x) {
      const float moved = Rounded(std::isnan(v) ? 0 : v, 1 / scale, zero + 128);
      result.push_back((std::clamp(moved, asymmetric ? 0.0F : 1.0F, 255.0F) - 128 - zero) * scale);
    }
  }
  return result;
}

std::vector<float> ByFormula(const HybridConvCase& c) {
  const Conv2dShape& s = c.problem.shape;
  const size_t of_channel = c.filter.size() / static_cast<size_t>(s.out_channels);
  std::vector<float> filter(c.filter.size());
  for (size_t i = 0; i < filter.size(); ++i)
    filter[i] = c.scales[c.scales.size() == 1 ? 0 : i / of_channel] * c.filter[i];
  std::vector<float> output(static_cast<size_t>(s.out_elements()));
  const std::vector<float> input = Quantised(c);
  reference::Conv({.shape = s, .range = c.problem.range},
                  {filter.data(), c.bias.empty() ? nullptr : c.bias.data()}, input.data(),
                  output.data());
  return output;
}

void ExpectAsFormula(const HybridConvCase& c, const HybridConv& conv, const std::string& target) {
  const Conv2dShape& s = c.problem.shape;
  const ProductRun run = RunProduct(
      conv.packed_bytes, conv.scratch_bytes, static_cast<int>(s.out_elements()),
      [&](std::byte* packed) {
        PackHybridConv(conv, {c.filter.data(), c.scales, c.bias.empty() ? nullptr : c.bias.data()},
                       packed);
      },
      [&](const std::byte* packed, std::byte* scratch, float* output) {
        RunHybridConv(conv, {packed, c.input.data(), output, scratch, Backwards(2)});
      });
  EXPECT_TRUE(run.intact) << target << " " << conv.kernel->name << Describe(s);
  const std::vector<float> want = ByFormula(c);
  for (size_t i = 0; i < want.size(); ++i) {
    ASSERT_NEAR(run.output[i], want[i], 1e-4 * (1 + std::abs(want[i])))
        << target << " " << conv.kernel->name << " output " << i << " of " << Describe(s);
  }
}

TEST(HybridConv, IsTheConvolutionOfQuantisedImages) {
  ForEachByteTarget([](const std::string& target) {
    Random random(9);
    for (int i = 0; i < 100 && !testing::Test::HasFailure(); ++i) {
      const HybridConvCase c = RandomCase(random);
      for (const QuantizedConvKernel& kernel : QuantizedConvKernels()) {
        if (!kernel.applies(QuantizedImage(c.problem))) continue;
        ExpectAsFormula(c, MakeHybridConv(c.problem, kernel, 2), target);
      }
    }
  });
}

// Several pieces of an image, of which the last is short.
TEST(HybridConv, ExtentsAreThoseOfTheWholeImage) {
  ForEachByteTarget([](const std::string& target) {
    Random random(10);
    HybridConvCase c;
    c.problem = {.shape = {.in_height = 65, .in_width = 67, .in_channels = 9, .out_channels = 20}};
    ASSERT_TRUE(PlaceWindows(c.problem.shape, Padding::kSame));
    c.input = random.Floats(c.problem.shape.in_elements());
    c.input.back() = 5;
    c.input[17000] = -4;
    c.scales = {0.01F};
    c.filter = random.Bytes<int8_t>(180);
    for (const bool asymmetric : {false, true}) {
      c.problem.asymmetric = asymmetric;
      const PreferKernel prefer("int8 weights");
      const auto conv = ChooseHybridConv(c.problem, 2);
      ASSERT_TRUE(conv) << target;
      ExpectAsFormula(c, *conv, target);
    }
  });
}

// Of 14 x 14 pixels, as many channels out as in.
HybridConvProblem SmallImages(int window) {
  HybridConvProblem p{.shape = {.in_height = 14,
                                .in_width = 14,
                                .in_channels = 256,
                                .out_channels = 256,
                                .window = {.height = window, .width = window}}};
  EXPECT_TRUE(PlaceWindows(p.shape, Padding::kSame));
  return p;
}

TEST(HybridConv, IsChosenWhereItIsFasterThanTheExactProduct) {
  ForEachByteTarget([](const std::string& target) {
    const HybridConvProblem pointwise = SmallImages(1);
    if (CpuMultipliesBytes() || target == "avx2") {
      EXPECT_TRUE(ChooseHybridConv(pointwise, 1)) << target;
      EXPECT_TRUE(SpeedOfIntegers().keeps_pace) << target;
    }
    if (target == "avx3" || !SpeedOfIntegers().keeps_pace) {
      EXPECT_FALSE(ChooseHybridConv(pointwise, 1)) << target;
    }
    HybridConvProblem thin = pointwise;
    thin.shape.in_channels = 16;
    thin.shape.out_channels = 1;
    EXPECT_FALSE(ChooseHybridConv(thin, 1)) << target;
  });
}

TEST(HybridConv, IsChosenWhereOnlyItsWeightsFit) {
  ForEachByteTarget([](const std::string& target) {
    const HybridConvProblem windows = SmallImages(3);
    EXPECT_EQ(ChooseHybridConv(windows, 1).has_value(), CpuMultipliesBytes())
        << target << ": elsewhere Winograd's products are faster";
    constexpr size_t kFilter = size_t{9} * 256 * 256;
    const auto fitting = ChooseHybridConv(windows, 1, 3 * kFilter);
    ASSERT_TRUE(fitting) << target;
    EXPECT_LE(fitting->packed_bytes, 3 * kFilter) << target;
    EXPECT_EQ(ChooseHybridConv(windows, 1, kFilter / 2).has_value(), CpuMultipliesBytes())
        << target << ": nothing fits";
  });
}

TEST(HybridConv, ThatSharesItsImageTakesLess) {
  HybridConvProblem p = SmallImages(1);
  const double alone = MakeHybridConv(p, *FindQuantizedConv("direct"), 1).cost;
  p.sharing = 4;
  EXPECT_LT(MakeHybridConv(p, *FindQuantizedConv("direct"), 1).cost, alone);
}

}  // namespace
}  // namespace brink::kernels
