// StableHLO operators that run no graph, and DILATE; what is expected is what LiteRT 2.3.0
// computes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "brink/ops/op_call_testing.h"

namespace brink::ops {
namespace {

using model::Options;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using Longs = std::vector<int64_t>;

struct Gather {
  Longs offsets = {2, 3};
  Longs collapsed = {0};
  Longs starts = {1, 0};
  int64_t vector_axis = 2;
  Longs sizes = {1, 2, 2};
};

OpCall GatherOf(const Gather& g) {
  OpCall call(
      "STABLEHLO_GATHER",
      Options{{0, g.offsets}, {1, g.collapsed}, {2, g.starts}, {3, g.vector_axis}, {4, g.sizes}});
  std::vector<int32_t> numbers(24);
  std::iota(numbers.begin(), numbers.end(), 0);
  call.In<int32_t>({3, 4, 2}, numbers);
  call.In<int64_t>({2, 3, 2}, {0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 0, 9}).Out(Type::kInt32);
  return call;
}

TEST(StablehloGatherTest, SlicesLieInsideTheInput) {
  OpCall call = GatherOf({});
  EXPECT_THAT(call.Get<int32_t>(),
              ElementsAreArray({0, 1, 2,  3,  2,  3,  4,  5,  12, 13, 14, 15,
                                8, 9, 10, 11, 10, 11, 12, 13, 16, 17, 18, 19}));
  EXPECT_EQ(call.shape(), Shape({2, 3, 2, 2}));
}

TEST(StablehloGatherTest, RefusesOptionsThatDoNotFit) {
  EXPECT_THAT(GatherOf({.offsets = {3, 2}}).Error(), HasSubstr("offset_dims: axis 2 of 4"));
  EXPECT_THAT(GatherOf({.offsets = {2, 4}}).Error(), HasSubstr("offset_dims: axis 4 of 4"));
  EXPECT_THAT(GatherOf({.offsets = {2}}).Error(), HasSubstr("offset_dims of 1 axes"));
  EXPECT_THAT(GatherOf({.starts = {1, 1}}).Error(), HasSubstr("start_index_map: axis 1"));
  EXPECT_THAT(GatherOf({.starts = {1}}).Error(), HasSubstr("for vectors of 2 indices"));
  EXPECT_THAT(GatherOf({.vector_axis = 4}).Error(), HasSubstr("index_vector_dim 4"));
  EXPECT_THAT(GatherOf({.sizes = {1, 5, 2}}).Error(), HasSubstr("slice_sizes: 5 of axis 1"));
  EXPECT_THAT(GatherOf({.sizes = {2, 2, 2}}).Error(), HasSubstr("slice_sizes: 2 of axis 0"));
  EXPECT_THAT(GatherOf({.sizes = {1, 2}}).Error(), HasSubstr("slice_sizes of 2 axes"));
}

OpCall Pad(const Longs& low, const Longs& high, const Longs& interior) {
  OpCall call("STABLEHLO_PAD", Options{{0, low}, {1, high}, {2, interior}});
  call.In<int16_t>({2, 3}, {1, 2, 3, 4, 5, 6}).In<int16_t>({}, {9}).Out(Type::kInt16);
  return call;
}

TEST(StablehloPadTest, PadsBetweenElementsAndTakesEdgesAway) {
  OpCall call = Pad({1, -1}, {-2, 2}, {2, 1});
  EXPECT_THAT(call.Get<int16_t>(),
              ElementsAreArray({9, 9, 9, 9, 9, 9, 9, 2, 9, 3, 9, 9, 9, 9, 9, 9, 9, 9}));
  EXPECT_EQ(call.shape(), Shape({3, 6}));
  EXPECT_THAT(Pad({0, -3}, {0, 1}, {0, 0}).Get<int16_t>(), ElementsAreArray({9, 9}));
  EXPECT_THAT(Pad({0, 0}, {-1, 0}, {0, 0}).Get<int16_t>(), ElementsAreArray({1, 2, 3}));
  EXPECT_THAT(Pad({0, 0}, {0, -4}, {0, 0}).Error(), HasSubstr("-4 after is out of range"));
  EXPECT_THAT(Pad({0, 0}, {0, 0}, {0, -1}).Error(), HasSubstr("-1 between"));
  EXPECT_THAT(Pad({0, 0}, {0, 0}, {INT64_MAX, 0}).Error(), HasSubstr("out of range"));
  EXPECT_THAT(Pad({0}, {0}, {0}).Error(), HasSubstr("1 paddings for [2, 3]"));
  EXPECT_THAT(Pad({0, 0}, {0}, {0}).Error(), HasSubstr("paddings of 2, 1 and 1 axes"));
}

TEST(DilateTest, SetsElementsApart) {
  for (const int32_t step : {3, 0}) {
    OpCall call("DILATE");
    call.In<int16_t>({2, 3}, {1, 2, 3, 4, 5, 6}).Constant<int32_t>({2}, {2, step});
    call.In<int16_t>({}, {-1}).Out(Type::kInt16);
    if (step == 0) {
      EXPECT_THAT(call.Error(), HasSubstr("a dilation of 0"));
    } else {
      EXPECT_THAT(call.Get<int16_t>(), ElementsAreArray({1,  -1, -1, 2, -1, -1, 3, -1, -1, -1, -1,
                                                         -1, -1, -1, 4, -1, -1, 5, -1, -1, 6}));
    }
  }
}

template <class T>
std::vector<T> Of2(const std::string& name, const std::vector<T>& a, const std::vector<T>& b) {
  OpCall call(name);
  const Shape shape = {static_cast<int64_t>(a.size())};
  call.In<T>(shape, a).template In<T>(shape, b).Out(TypeOf<T>());
  return call.Get<T>();
}

TEST(StablehloElementwiseTest, IntegersStandForThemselves) {
  EXPECT_THAT(Of2<float>("STABLEHLO_ADD", {1, 2}, {0.5F, -2}), ElementsAreArray({1.5F, 0.F}));
  EXPECT_THAT(Of2<int8_t>("STABLEHLO_ADD", {127, 2}, {1, -2}), ElementsAreArray({-128, 0}));
  EXPECT_THAT(Of2<int32_t>("STABLEHLO_MULTIPLY", {1 << 30, 3}, {4, -2}), ElementsAreArray({0, -6}));
  EXPECT_THAT(Of2<int64_t>("STABLEHLO_MAXIMUM", {1, 2}, {0, 5}), ElementsAreArray({1, 5}));
  EXPECT_THAT(Of2<uint8_t>("STABLEHLO_MINIMUM", {1, 200}, {0, 5}), ElementsAreArray({0, 5}));
  EXPECT_THAT(Of2<int16_t>("STABLEHLO_AND", {6, -1}, {3, 77}), ElementsAreArray({2, 77}));
  EXPECT_THAT(Of2<int8_t>("STABLEHLO_SHIFT_LEFT", {1, -3, 5, 1}, {3, 2, 7, -1}),
              ElementsAreArray({8, -12, -128, 0}));
  OpCall unequal("STABLEHLO_ADD");
  unequal.In<float>({2}, {1, 2}).In<float>({1}, {1}).Out(Type::kFloat32);
  EXPECT_THAT(unequal.Error(), HasSubstr("inputs of shapes [2] and [1]"));
  OpCall floats("STABLEHLO_AND");
  floats.In<float>({1}, {1}).In<float>({1}, {1}).Out(Type::kFloat32);
  EXPECT_THAT(floats.Error(), HasSubstr("FLOAT32"));
}

OpCall Reduce(const Longs& window, int32_t function) {
  OpCall call("REDUCE_WINDOW", Options{{0, function}});
  call.In<int32_t>({2, 3}, {1, 2, 3, 4, 5, 6}).In<int32_t>({}, {1});
  call.Constant<int64_t>({static_cast<int64_t>(window.size())}, window);
  call.Constant<int64_t>({2}, {1, 1}).Constant<int64_t>({2}, {1, 1}).Out(Type::kInt32);
  return call;
}

TEST(ReduceWindowTest, WindowsStartWithTheFirstValue) {
  EXPECT_THAT(Reduce({2, 2}, 1).Get<int32_t>(), ElementsAreArray({13, 17}));
  EXPECT_THAT(Reduce({1, 3}, 2).Get<int32_t>(), ElementsAreArray({6, 120}));
  EXPECT_THAT(Reduce({1, 2}, 3).Get<int32_t>(), ElementsAreArray({1, 1, 1, 1}));
  EXPECT_THAT(Reduce({2, 3}, 4).Get<int32_t>(), ElementsAreArray({6}));
  EXPECT_THAT(Reduce({3, 1}, 1).Get<int32_t>(), ElementsAre());
  EXPECT_THAT(Reduce({0, 1}, 1).Error(), HasSubstr("a window, stride or dilation of 0"));
  EXPECT_THAT(Reduce({1}, 1).Error(), HasSubstr("input 2 of 1 numbers, wanted 2"));
  EXPECT_THAT(Reduce({1, 1}, 7).Error(), HasSubstr("reduce_function 7"));
}

}  // namespace
}  // namespace brink::ops
