// Activations, normalisations and resizes as nodes of a model: types, options, what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "brink/ops/one_node_testing.h"

namespace brink::ops {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::ElementsAreArray;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

OneNode Unary(std::string_view name, Type type, const Quantization& in, const Quantization& out,
              const Options& options = {}) {
  ModelBuilder b;
  const int x = b.Input("x", type, {1, 3}, in);
  b.Output(
      b.Op(name, {x}, {.name = "y", .type = type, .shape = {1, 3}, .quantization = out}, options));
  return OneNode(b);
}

std::vector<float> RunFloats(const OneNode& node, const std::vector<float>& values) {
  const auto y = node.Run({Of<float>({1, 3}, values).view()});
  EXPECT_TRUE(y) << y.error().message;
  return y ? Values<float>((*y)[0]) : std::vector<float>{};
}

TEST(ActivationOpsTest, FloatsFollowTheirNames) {
  const auto run = [](std::string_view name, const Options& options = {}) {
    return RunFloats(Unary(name, Type::kFloat32, {}, {}, options), {-1, 0.5, 4});
  };
  EXPECT_THAT(run("ELU"), Pointwise(FloatNear(1e-5F), {-0.632121F, 0.5F, 4.0F}));
  EXPECT_THAT(run("GELU"), Pointwise(FloatNear(1e-5F), {-0.158655F, 0.345731F, 3.999873F}));
  EXPECT_THAT(run("GELU", {{0, true}}),
              Pointwise(FloatNear(1e-5F), {-0.158808F, 0.345714F, 3.99993F}));
  EXPECT_THAT(run("HARD_SWISH"), Pointwise(FloatNear(1e-5F), {-0.333333F, 0.291667F, 4.0F}));
  EXPECT_THAT(run("LEAKY_RELU", {{0, 0.1F}}), Pointwise(FloatNear(1e-6F), {-0.1F, 0.5F, 4.0F}));
  EXPECT_THAT(run("RELU_0_TO_1"), ElementsAreArray({0., 0.5, 1.}));
  EXPECT_THAT(run("LOG_SOFTMAX"), Pointwise(FloatNear(1e-5F), {-5.03627F, -3.53627F, -0.03627F}));
  EXPECT_THAT(run("L2_NORMALIZATION"),
              Pointwise(FloatNear(1e-5F), {-0.240772F, 0.120386F, 0.963087F}));
  EXPECT_THAT(run("LOCAL_RESPONSE_NORMALIZATION", {{0, 1}, {1, 1.0F}, {2, 1.0F}, {3, 1.0F}}),
              Pointwise(FloatNear(1e-5F), {-0.444444F, 0.027397F, 0.231884F}));
}

TEST(ActivationOpsTest, SixteenBitsHaveFunctionsOfTheirOwn) {
  const Quantization in{{1.0F / 4096}, {0}};
  const Quantization unit{{1.0F / 32768}, {0}};
  const auto run = [&](const OneNode& node) {
    const auto y = node.Run({Of<int16_t>({1, 3}, {-4096, 0, 4096}).view()});
    EXPECT_TRUE(y) << y.error().message;
    return y ? Values<int16_t>((*y)[0]) : std::vector<int16_t>{};
  };
  EXPECT_THAT(run(Unary("LOGISTIC", Type::kInt16, in, unit)),
              ElementsAreArray({8812, 16384, 23956}));
  EXPECT_THAT(run(Unary("TANH", Type::kInt16, in, unit)), ElementsAreArray({-24956, 0, 24956}));
  EXPECT_THAT(run(Unary("RELU", Type::kInt16, in, in)), ElementsAreArray({0, 0, 4096}));
  EXPECT_THAT(run(Unary("LEAKY_RELU", Type::kInt16, in, in, {{0, 0.5F}})),
              ElementsAreArray({-2048, 0, 4096}));
  EXPECT_THAT(run(Unary("SOFTMAX", Type::kInt16, in, unit, {{0, 1.0F}}))[2],
              testing::AllOf(testing::Gt(21700), testing::Lt(21900)));
  EXPECT_THAT(Unary("LOGISTIC", Type::kInt16, in, in).Error(), HasSubstr("wanted 1 / 32768"));
  EXPECT_THAT(Unary("ELU", Type::kInt16, in, in).Error(), HasSubstr("type INT16, ELU supports"));
}

TEST(ActivationOpsTest, BytesMaySumUpToSixteenBits) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kInt8, {1, 2}, {{0.1F}, {0}});
  b.Output(b.Op("SOFTMAX", {x},
                {.name = "y",
                 .type = Type::kInt16,
                 .shape = {1, 2},
                 .quantization = {{1.0F / 65536}, {-32768}}},
                Options{{0, 1.0F}}));
  const auto y = OneNode(b).Run({Of<int8_t>({1, 2}, {5, 5}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<int16_t>((*y)[0]), ElementsAreArray({0, 0}));
}

TEST(ActivationOpsTest, BytesOfL2NormalizationHaveOneScale) {
  const Quantization in{{0.1F}, {0}};
  const OneNode node = Unary("L2_NORMALIZATION", Type::kInt8, in, {{1.0F / 128}, {0}});
  const auto y = node.Run({Of<int8_t>({1, 3}, {0, 30, 40}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<int8_t>((*y)[0]), ElementsAreArray({0, 77, 102}));
  EXPECT_THAT(Unary("L2_NORMALIZATION", Type::kInt8, in, in).Error(), HasSubstr("wanted 1 / 128"));
}

TEST(ActivationOpsTest, HardSwishSaysWhichScalesItCannotReach) {
  EXPECT_THAT(Unary("HARD_SWISH", Type::kInt8, {{1.0F}, {0}}, {{0.001F}, {0}}).Error(),
              HasSubstr("wanted at least a 128th"));
}

OneNode Prelu(Type type, const Shape& alpha, const Quantization& q = {}) {
  ModelBuilder b;
  const int x = b.Input("x", type, {1, 2, 2}, q);
  const int a = b.Input("a", type == Type::kInt16 ? Type::kInt8 : type, alpha, q);
  b.Output(
      b.Op("PRELU", {x, a}, {.name = "y", .type = type, .shape = {1, 2, 2}, .quantization = q}));
  return OneNode(b);
}

TEST(ActivationOpsTest, PreluSlopesStretch) {
  const auto y = Prelu(Type::kFloat32, {1, 1, 2})
                     .Run({Of<float>({1, 2, 2}, {-1, -1, 2, -2}).view(),
                           Of<float>({1, 1, 2}, {0.5, 0.25}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({-0.5, -0.25, 2., -0.5}));
  EXPECT_THAT(Prelu(Type::kFloat32, {4, 1, 2}).Error(), HasSubstr("does not stretch"));
}

TEST(ActivationOpsTest, PreluOfBytesScalesBothSides) {
  const auto y =
      Prelu(Type::kInt8, {2}, {{0.5F}, {0}})
          .Run({Of<int8_t>({1, 2, 2}, {-8, -8, 2, -2}).view(), Of<int8_t>({2}, {1, 2}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<int8_t>((*y)[0]), ElementsAreArray({-4, -8, 2, -2}));
}

OneNode Resize(std::string_view name, Type type, const std::vector<int32_t>& size,
               const Options& options = {}) {
  ModelBuilder b;
  const int x = b.Input("x", type, {1, 1, 2, 1});
  const int s = b.Constant("size", {static_cast<int64_t>(size.size())}, size);
  b.Output(b.Op(name, {x, s}, {.name = "y", .type = type, .shape = {1, 1, 4, 1}}, options));
  return OneNode(b);
}

TEST(ActivationOpsTest, ResizesPictures) {
  const auto bilinear = Resize("RESIZE_BILINEAR", Type::kFloat32, {1, 4})
                            .Run({Of<float>({1, 1, 2, 1}, {0, 1}).view()});
  ASSERT_TRUE(bilinear) << bilinear.error().message;
  EXPECT_THAT(Values<float>((*bilinear)[0]), ElementsAreArray({0., 0.5, 1., 1.}));
  const auto nearest = Resize("RESIZE_NEAREST_NEIGHBOR", Type::kInt8, {2, 4})
                           .Run({Of<int8_t>({1, 1, 2, 1}, {3, 9}).view()});
  ASSERT_TRUE(nearest) << nearest.error().message;
  EXPECT_THAT(Values<int8_t>((*nearest)[0]), ElementsAreArray({3, 3, 9, 9, 3, 3, 9, 9}));
}

TEST(ActivationOpsTest, ResizesThatMakeNoSenseAreRefused) {
  EXPECT_THAT(Resize("RESIZE_BILINEAR", Type::kFloat32, {1}).Error(),
              HasSubstr("input 1: 1 values, wanted height and width"));
  EXPECT_THAT(Resize("RESIZE_BILINEAR", Type::kFloat32, {0, 4}).Error(), HasSubstr("out of range"));
  EXPECT_THAT(Resize("RESIZE_BILINEAR", Type::kFloat32, {1, 4}, {{2, true}, {3, true}}).Error(),
              HasSubstr("exclude each other"));
}

TEST(ActivationOpsTest, PoolsOfSixteenBitsAndRootMeanSquares) {
  const Options options = {{0, int8_t{1}}, {1, 2}, {2, 1}, {3, 2}, {4, 1}, {5, int8_t{0}}};
  ModelBuilder b;
  const Quantization q{{0.1F}, {0}};
  const int x = b.Input("x", Type::kInt16, {1, 1, 2, 1}, q);
  b.Output(b.Op("AVERAGE_POOL_2D", {x},
                {.name = "y", .type = Type::kInt16, .shape = {1, 1, 1, 1}, .quantization = q},
                options));
  const auto mean = OneNode(b).Run({Of<int16_t>({1, 1, 2, 1}, {3000, -1001}).view()});
  ASSERT_TRUE(mean) << mean.error().message;
  EXPECT_THAT(Values<int16_t>((*mean)[0]), ElementsAreArray({1000}));
  ModelBuilder f;
  const int z = f.Input("x", Type::kFloat32, {1, 1, 2, 1});
  f.Output(f.Op("L2_POOL_2D", {z}, {.name = "y", .shape = {1, 1, 1, 1}}, options));
  const auto root = OneNode(f).Run({Of<float>({1, 1, 2, 1}, {1, 7}).view()});
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_THAT(Values<float>((*root)[0]), ElementsAreArray({5}));
}

}  // namespace
}  // namespace brink::ops
