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

TEST(HybridConvTest, IntegersServeWhereTheCpuMultipliesBytes) {
  const Result<Prepared> prepared = OneNode(MakeConv(true)).Prepare();
  ASSERT_TRUE(prepared) << prepared.error().message;
  if (kernels::CpuTarget() == "avx3_dl") {
    EXPECT_EQ(prepared->kernel, "int8 weights, banded");
    EXPECT_EQ(prepared->packed_inputs, 6U);
  } else {
    EXPECT_THAT(prepared->kernel, testing::HasSubstr("widened"));
  }
}

}  // namespace
}  // namespace brink::ops
