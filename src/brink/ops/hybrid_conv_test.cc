// CONV_2D of float32 activations with int8 filters: by integers or exactly, as the CPU likes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/kernels/cpu.h"
#include "brink/ops/one_node_testing.h"

namespace brink::ops {
namespace {

constexpr int kChannels = 64;

// A 3x3 convolution of ones and a filter of 1 / 2 with a bias of 3 and RELU6.
model::ModelBuilder MakeConv(bool has_bias) {
  model::ModelBuilder b;
  const std::vector<int64_t> zeros(kChannels);
  const int x = b.Input("x", Type::kFloat32, {1, 8, 8, kChannels});
  const int w = b.Constant("w", {kChannels, 3, 3, kChannels},
                           std::vector<int8_t>(size_t{9} * kChannels * kChannels, 2),
                           {std::vector<float>(kChannels, 0x1p-9F), zeros, 0});
  std::vector<int> inputs = {x, w};
  if (has_bias) inputs.push_back(b.Constant("b", {kChannels}, std::vector<float>(kChannels, 3)));
  b.Output(b.Op("CONV_2D", inputs, {.name = "y", .shape = {1, 8, 8, kChannels}},
                model::Options{{0, int8_t{0}}, {1, 1}, {2, 1}, {3, int8_t{3}}, {4, 1}, {5, 1}}));
  return b;
}

TEST(HybridConvTest, ConvolutionsWithInt8FiltersAreNearTheExactOnes) {
  for (const bool has_bias : {false, true}) {
    const OneNode node(MakeConv(has_bias));
    const auto y = node.Run(
        {Of<float>({1, 8, 8, kChannels}, std::vector<float>(size_t{64} * kChannels, 1)).view()});
    ASSERT_TRUE(y) << y.error().message;
    // Windows of 4 cells in the corners, of 9 inside, each of 64 products of 1 / 256.
    const float bias = has_bias ? 3 : 0;
    EXPECT_NEAR((*y)[0].as<float>()[0], 1 + bias, 0.02F);
    EXPECT_NEAR((*y)[0].as<float>()[size_t{9} * kChannels + 5], 2.25F + bias, 0.02F);
  }
}

TEST(HybridConvTest, IntegersServeWhereOnlyTheyFit) {
  OneNode node(MakeConv(true));
  node.view().most_packed = size_t{9} * kChannels * kChannels * 3;
  const Result<Prepared> prepared = node.Prepare();
  ASSERT_TRUE(prepared) << prepared.error().message;
  EXPECT_THAT(prepared->kernel, testing::StartsWith("int8 weights, "));
  EXPECT_GT(prepared->cost, 0);
}

TEST(HybridConvTest, IntegersServeWhereTheCpuMultipliesBytes) {
  const Result<Prepared> prepared = OneNode(MakeConv(true)).Prepare();
  ASSERT_TRUE(prepared) << prepared.error().message;
  if (kernels::CpuMultipliesBytes()) {
    EXPECT_EQ(prepared->kernel, "int8 weights, banded");
    EXPECT_EQ(prepared->packed_inputs, 6U);
  } else {
    EXPECT_THAT(prepared->kernel, testing::HasSubstr("widened"));
  }
}

struct Spread {
  int filter = 2;
  int channels = 64;
  bool has_bias = true;
  bool per_channel = true;
};

// Two images of 24 x 24 pixels spread to 48 x 48 by weights of 1 / 256, twice those in odd channels
// where each has a scale, with a bias of 3, in odd channels of 4.
model::ModelBuilder MakeSpread(const Spread& s) {
  model::ModelBuilder b;
  const auto channels = static_cast<size_t>(s.channels);
  const auto cells = static_cast<size_t>(s.filter) * static_cast<size_t>(s.filter);
  std::vector<float> scales(s.per_channel ? channels : 1, 0x1p-9F);
  std::vector<float> bias(channels, 3);
  for (size_t odd = 1; odd < channels; odd += 2) bias[odd] = 4;
  for (size_t odd = 1; odd < scales.size(); odd += 2) scales[odd] = 0x1p-8F;
  const int shape = b.Constant("shape", {4}, std::vector<int32_t>{2, 48, 48, s.channels});
  const int x = b.Input("x", Type::kFloat32, {2, 24, 24, 128});
  const int w = b.Constant("w", {s.channels, s.filter, s.filter, 128},
                           std::vector<int8_t>(channels * cells * 128, 2),
                           {scales, std::vector<int64_t>(scales.size()), 0});
  std::vector<int> inputs = {shape, w, x};
  if (s.has_bias) inputs.push_back(b.Constant("b", {s.channels}, bias));
  b.Output(b.Op("TRANSPOSE_CONV", inputs, {.name = "y", .shape = {2, 48, 48, s.channels}},
                model::Options{{0, int8_t{0}}, {1, 2}, {2, 2}}));
  return b;
}

void ExpectSpread(const Spread& s) {
  std::vector<float> images(size_t{24} * 24 * 128, 1);
  images.resize(2 * images.size(), 2);
  const auto y = OneNode(MakeSpread(s)).Run({Of<float>({2, 24, 24, 128}, images).view()});
  ASSERT_TRUE(y) << y.error().message;
  const auto channels = static_cast<size_t>(s.channels);
  const size_t image = 48 * 48 * channels;
  // Each output inside sees 128 products of each tap of its phase.
  const float one = s.filter == 4 ? 2 : 0.5F;
  for (const size_t at : {(30 * 48 + 20) * channels + 8, (31 * 48 + 21) * channels + 7}) {
    const bool is_odd = at % 2 != 0;
    const float sum = is_odd && s.per_channel ? 2 * one : one;
    const float bias = s.has_bias ? (is_odd ? 4.F : 3.F) : 0.F;
    EXPECT_NEAR((*y)[0].as<float>()[at], sum + bias, 0.02F * sum) << at;
    EXPECT_NEAR((*y)[0].as<float>()[image + at], 2 * sum + bias, 0.02F * sum) << at;
  }
}

TEST(HybridConvTest, TransposedOnesAreNearTheExactOnes) {
  ExpectSpread({});
  ExpectSpread({.filter = 4, .has_bias = false});
  ExpectSpread({.per_channel = false});
  ExpectSpread({.channels = 12});  // phases stand side by side
}

TEST(HybridConvTest, IntegersServeTransposedOnesWhereTheyAreFaster) {
  for (const std::string_view target : kernels::CpuTargets()) {
    kernels::ForceCpuTarget(target);
    const Result<Prepared> prepared = OneNode(MakeSpread({})).Prepare();
    ASSERT_TRUE(prepared) << prepared.error().message;
    if (kernels::CpuMultipliesBytes() || target == "avx2") {
      EXPECT_EQ(prepared->kernel, "int8 weights, phases, direct") << target;
      EXPECT_EQ(prepared->packed_inputs, 10U);
    } else if (target == "avx3") {
      EXPECT_THAT(prepared->kernel, testing::HasSubstr("widened")) << target;
    }
  }
  kernels::ForceCpuTarget("");
}

}  // namespace
}  // namespace brink::ops
