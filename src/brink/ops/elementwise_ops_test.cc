// Operators that treat each element alone: arithmetic, activations, QUANTIZE, DEQUANTIZE.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "brink/ops/one_node_testing.h"

namespace brink::ops {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

OneNode Binary(std::string_view name, const Shape& a, const Shape& b_shape) {
  ModelBuilder b;
  const int x = b.Input("a", Type::kFloat32, a);
  const int z = b.Input("b", Type::kFloat32, b_shape);
  b.Output(b.Op(name, {x, z}, {.name = "y", .shape = {1}}));
  return OneNode(b);
}

TEST(BinaryOpsTest, ComputeWhatTheirNamesSay) {
  const std::vector<std::pair<std::string, float>> wanted = {
      {"ADD", 8}, {"SUB", 4}, {"MUL", 12}, {"DIV", 3}, {"MAXIMUM", 6}, {"MINIMUM", 2}};
  for (const auto& [name, value] : wanted) {
    const auto y =
        Binary(name, {1}, {1}).Run({Of<float>({1}, {6}).view(), Of<float>({1}, {2}).view()});
    ASSERT_TRUE(y) << y.error().message;
    EXPECT_THAT(Values<float>((*y)[0]), ElementsAre(value)) << name;
  }
}

TEST(BinaryOpsTest, ShapesStretch) {
  const auto y = Binary("ADD", {2, 1}, {3})
                     .Run({Of<float>({2, 1}, {10, 20}).view(), Of<float>({3}, {1, 2, 3}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_EQ((*y)[0].shape(), Shape({2, 3}));
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({11, 12, 13, 21, 22, 23}));
  EXPECT_THAT(Binary("ADD", {2}, {3}).Error(), HasSubstr("[2]"));
}

TEST(BinaryOpsTest, OnlyAnInputThatDoesNotStretchMayBeOverwritten) {
  EXPECT_EQ(Binary("ADD", {2, 3}, {3}).Prepare()->overwritable, 1u);
  EXPECT_EQ(Binary("ADD", {3}, {2, 3}).Prepare()->overwritable, 2u);
  EXPECT_EQ(Binary("ADD", {2, 1}, {1, 3}).Prepare()->overwritable, 0u);
}

TEST(BinaryOpsTest, TypesMustAgree) {
  ModelBuilder b;
  const int x = b.Input("a", Type::kFloat32, {1});
  const int z = b.Input("b", Type::kInt8, {1});
  b.Output(b.Op("ADD", {x, z}, {.name = "y", .shape = {1}}));
  EXPECT_THAT(OneNode(b).Error(), HasSubstr("input 1: type INT8, ADD supports FLOAT32 here"));
}

TEST(BinaryOpsTest, AddsBytesOfDifferentScales) {
  ModelBuilder b;
  const int x = b.Input("a", Type::kInt8, {2}, {{1.F}, {0}});
  const int z = b.Input("b", Type::kInt8, {2}, {{0.5F}, {2}});
  b.Output(b.Op("ADD", {x, z},
                {.name = "y", .type = Type::kInt8, .shape = {2}, .quantization = {{1.F}, {-1}}}));
  const auto y =
      OneNode(b).Run({Of<int8_t>({2}, {10, 120}).view(), Of<int8_t>({2}, {6, 102}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<int8_t>((*y)[0]), ElementsAreArray({11, 127}));
}

OneNode Unary(std::string_view name) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {4});
  b.Output(b.Op(name, {x}, {.name = "y", .shape = {4}}));
  return OneNode(b);
}

TEST(UnaryOpsTest, Clamp) {
  const Tensor x = Of<float>({4}, {-3, -.5, .5, 9});
  EXPECT_THAT(Values<float>(Unary("RELU").Run({x.view()})->at(0)),
              ElementsAreArray({0., 0., .5, 9.}));
  EXPECT_THAT(Values<float>(Unary("RELU6").Run({x.view()})->at(0)),
              ElementsAreArray({0., 0., .5, 6.}));
  EXPECT_THAT(Values<float>(Unary("RELU_N1_TO_1").Run({x.view()})->at(0)),
              ElementsAreArray({-1., -.5, .5, 1.}));
}

TEST(UnaryOpsTest, LogisticAndTanh) {
  const Tensor x = Of<float>({4}, {-100, -1, 1, 100});
  const auto logistic = Values<float>(Unary("LOGISTIC").Run({x.view()})->at(0));
  const auto tanh = Values<float>(Unary("TANH").Run({x.view()})->at(0));
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_FLOAT_EQ(logistic[i], 1 / (1 + std::exp(-x.as<float>()[i])));
    EXPECT_FLOAT_EQ(tanh[i], std::tanh(x.as<float>()[i]));
  }
}

OneNode Convert(std::string_view name, Type from, Quantization from_q, Type to, Quantization to_q) {
  ModelBuilder b;
  const int x = b.Input("x", from, {4}, std::move(from_q));
  b.Output(
      b.Op(name, {x}, {.name = "y", .type = to, .shape = {4}, .quantization = std::move(to_q)}));
  return OneNode(b);
}

TEST(QuantizeTest, RoundsAndSaturates) {
  const auto y = Convert("QUANTIZE", Type::kFloat32, {}, Type::kInt8, {{0.5F}, {1}})
                     .Run({Of<float>({4}, {0, 1, -1.25, 1000}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<int8_t>((*y)[0]), ElementsAreArray({1, 3, -2, 127}));
}

TEST(QuantizeTest, ChangesOneQuantisationIntoAnother) {
  const auto y = Convert("QUANTIZE", Type::kUInt8, {{1.F}, {128}}, Type::kInt8, {{1.F}, {0}})
                     .Run({Of<uint8_t>({4}, {0, 127, 128, 255}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<int8_t>((*y)[0]), ElementsAreArray({-128, -1, 0, 127}));
}

TEST(DequantizeTest, WidensHalves) {
  const auto y =
      Convert("DEQUANTIZE", Type::kFloat16, {}, Type::kFloat32, {})
          .Run({ConstTensorView{Type::kFloat16,
                                {4},
                                Of<uint16_t>({4}, {0x3C00, 0xC500, 0x0001, 0xFC00}).view().bytes}});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAre(1, -5, 0x1p-24F, -INFINITY));
}

TEST(DequantizeTest, ScalesBytes) {
  const auto y = Convert("DEQUANTIZE", Type::kUInt8, {{0.25F}, {4}}, Type::kFloat32, {})
                     .Run({Of<uint8_t>({4}, {0, 4, 8, 255}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({-1., 0., 1., 62.75}));
}

TEST(SoftmaxTest, SumsToOneAlongTheLastAxis) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2, 2});
  b.Output(b.Op("SOFTMAX", {x}, {.name = "y", .shape = {2, 2}}, Options{{0, 1.F}}));
  const auto y = OneNode(b).Run({Of<float>({2, 2}, {0, 0, 1000, 0}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({.5, .5, 1., 0.}));
}

TEST(PoolTest, TakesMaximaAndAveragesOfWhatIsThere) {
  for (const auto& [name, wanted] : std::vector<std::pair<std::string, std::vector<float>>>{
           {"MAX_POOL_2D", {4, 5}}, {"AVERAGE_POOL_2D", {2.5, 4}}}) {
    ModelBuilder b;
    const int x = b.Input("x", Type::kFloat32, {1, 2, 3, 1});
    const Options same = {{0, int8_t{0}}, {1, 2}, {2, 2}, {3, 2}, {4, 2}, {5, int8_t{0}}};
    b.Output(b.Op(name, {x}, {.name = "y", .shape = {1, 1, 2, 1}}, same));
    const auto y = OneNode(b).Run({Of<float>({1, 2, 3, 1}, {1, 2, 3, 4, 3, 5}).view()});
    ASSERT_TRUE(y) << y.error().message;
    EXPECT_EQ(Values<float>((*y)[0]), wanted) << name;
  }
}

}  // namespace
}  // namespace brink::ops
