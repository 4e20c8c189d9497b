// Operators that move elements or rename their shape: RESHAPE, SQUEEZE, EXPAND_DIMS, CONCATENATION,
// PAD.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/ops/one_node_testing.h"

namespace brink::ops {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::ElementsAreArray;
using testing::HasSubstr;

OneNode Reshape(const Shape& input, const std::vector<int32_t>& shape) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, input);
  const int s = b.Constant("s", {static_cast<int64_t>(shape.size())}, shape);
  b.Output(b.Op("RESHAPE", {x, s}, {.name = "y", .shape = {1}}));
  return OneNode(b);
}

TEST(ReshapeTest, OneExtentFollowsFromTheOthers) {
  EXPECT_EQ(Reshape({2, 6}, {3, -1}).Prepare()->shapes[0], Shape({3, 4}));
  EXPECT_EQ(Reshape({2, 6}, {-1}).Prepare()->shapes[0], Shape({12}));
  EXPECT_EQ(Reshape({1, 1}, {1}).Prepare()->shapes[0], Shape({1}));
}

TEST(ReshapeTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT(Reshape({2, 6}, {5, -1}).Error(),
              HasSubstr("input 0 of shape [2, 6] does not make a shape of [5, 2]"));
  EXPECT_THAT(Reshape({2, 6}, {-1, -1}).Error(), HasSubstr("more than one -1"));
  EXPECT_THAT(Reshape({2, 6}, {-2, 6}).Error(), HasSubstr("-2"));
  EXPECT_THAT(Reshape({2, 6}, {0, -1}).Error(), HasSubstr("does not make"));
}

TEST(ReshapeTest, AShapeKnownOnlyAtRunTimeIsRefused) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {4});
  const int s = b.Input("s", Type::kInt32, {2});
  b.Output(b.Op("RESHAPE", {x, s}, {.name = "y", .shape = {2, 2}}));
  EXPECT_EQ(OneNode(b).Error(),
            "operator 0 (RESHAPE 'y'): input 1 ('s'): its value is known only at run time, a "
            "constant is supported");
}

TEST(ReshapeTest, TheShapeMayBeAnOption) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {4});
  b.Output(b.Op("RESHAPE", {x}, {.name = "y", .shape = {2, 2}},
                Options{{0, std::vector<int32_t>{2, 2}}}));
  EXPECT_EQ(OneNode(b).Prepare()->shapes[0], Shape({2, 2}));
}

OneNode Squeeze(const Shape& input, const std::vector<int32_t>& dims) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, input);
  b.Output(b.Op("SQUEEZE", {x}, {.name = "y", .shape = {1}}, Options{{0, dims}}));
  return OneNode(b);
}

TEST(SqueezeTest, DropsExtentsOfOne) {
  EXPECT_EQ(Squeeze({1, 2, 1, 3}, {}).Prepare()->shapes[0], Shape({2, 3}));
  EXPECT_EQ(Squeeze({1, 2, 1, 3}, {-2}).Prepare()->shapes[0], Shape({1, 2, 3}));
  EXPECT_THAT(Squeeze({1, 2, 1, 3}, {1}).Error(), HasSubstr("axis 1 of [1, 2, 1, 3] is not 1"));
  EXPECT_THAT(Squeeze({1, 2}, {2}).Error(), HasSubstr("axis 2 of a tensor with 2 dimensions"));
}

TEST(ExpandDimsTest, InsertsAnExtentOfOne) {
  for (const auto& [axis, shape] : std::vector<std::pair<int32_t, Shape>>{
           {0, {1, 2, 3}}, {2, {2, 3, 1}}, {-1, {2, 3, 1}}, {-3, {1, 2, 3}}}) {
    ModelBuilder b;
    const int x = b.Input("x", Type::kFloat32, {2, 3});
    const int a = b.Constant("a", {1}, std::vector<int32_t>{axis});
    b.Output(b.Op("EXPAND_DIMS", {x, a}, {.name = "y", .shape = {1}}));
    EXPECT_EQ(OneNode(b).Prepare()->shapes[0], shape) << axis;
  }
}

OneNode Concatenation(const std::vector<Shape>& shapes, int32_t axis) {
  ModelBuilder b;
  std::vector<int> inputs;
  for (const Shape& shape : shapes) inputs.push_back(b.Input("x", Type::kFloat32, shape));
  b.Output(b.Op("CONCATENATION", inputs, {.name = "y", .shape = {1}},
                Options{{0, axis}, {1, int8_t{0}}}));
  return OneNode(b);
}

TEST(ConcatenationTest, PutsRowsSideBySide) {
  const auto y =
      Concatenation({{2, 1}, {2, 2}}, -1)
          .Run({Of<float>({2, 1}, {1, 4}).view(), Of<float>({2, 2}, {2, 3, 5, 6}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_EQ((*y)[0].shape(), Shape({2, 3}));
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({1, 2, 3, 4, 5, 6}));
}

TEST(ConcatenationTest, PartsLieInTheOutputWhenTheyAreWhole) {
  const auto whole = Concatenation({{1, 1, 2}, {1, 3, 2}}, 1).Prepare();
  ASSERT_TRUE(whole);
  ASSERT_EQ(whole->placements.size(), 2u);
  EXPECT_EQ(whole->placements[1].offset, 2 * 4);
  EXPECT_TRUE(whole->all_in_place);
  EXPECT_FALSE(Concatenation({{2, 1}, {2, 2}}, 1).Prepare()->all_in_place);
}

TEST(ConcatenationTest, RefusesShapesThatDoNotContinue) {
  EXPECT_THAT(Concatenation({{2, 1}, {3, 1}}, 1).Error(),
              HasSubstr("input 1: shape [3, 1] does not continue [2, 1] along axis 1"));
  EXPECT_THAT(Concatenation({{2, 1}, {2}}, 0).Error(), HasSubstr("does not continue"));
  EXPECT_THAT(Concatenation({{2, 1}}, 2).Error(), HasSubstr("axis 2"));
}

TEST(ConcatenationTest, RescalesWhatHasAnotherScale) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kUInt8, {2}, {{0.5F}, {0}});
  const int z = b.Input("z", Type::kUInt8, {1}, {{1.F}, {10}});
  b.Output(b.Op("CONCATENATION", {x, z},
                {.name = "y", .type = Type::kUInt8, .shape = {3}, .quantization = {{1.F}, {10}}},
                Options{{0, 0}}));
  const auto y = OneNode(b).Run({Of<uint8_t>({2}, {4, 6}).view(), Of<uint8_t>({1}, {200}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<uint8_t>((*y)[0]), ElementsAreArray({12, 13, 200}));
}

TEST(PadTest, FillsWithTheQuantisedZero) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kInt8, {1, 2}, {{1.F}, {-7}});
  const int p = b.Constant("p", {2, 2}, std::vector<int32_t>{1, 0, 0, 1});
  b.Output(
      b.Op("PAD", {x, p},
           {.name = "y", .type = Type::kInt8, .shape = {2, 3}, .quantization = {{1.F}, {-7}}}));
  const auto y = OneNode(b).Run({Of<int8_t>({1, 2}, {1, 2}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<int8_t>((*y)[0]), ElementsAreArray({-7, -7, -7, 1, 2, -7}));
}

TEST(PadTest, NegativeOrMissingPaddingsAreRefused) {
  for (const auto& paddings : std::vector<std::vector<int32_t>>{{0, -1}, {1}, {0, 0, 0, 0}}) {
    ModelBuilder b;
    const int x = b.Input("x", Type::kFloat32, {2});
    const int p = b.Constant("p", {static_cast<int64_t>(paddings.size())}, paddings);
    b.Output(b.Op("PAD", {x, p}, {.name = "y", .shape = {2}}));
    EXPECT_THAT(OneNode(b).Error(), HasSubstr("padding")) << paddings.size();
  }
}

}  // namespace
}  // namespace brink::ops
