// Operators that take parts of a tensor or put its elements in another order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "brink/ops/op_call_testing.h"
#include "brink/tensor/elements.h"

namespace brink::ops {
namespace {

using model::Options;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

using Ints = std::vector<int32_t>;

// 0, 1, 2, ... as an input of this shape.
OpCall& Count(OpCall& call, const Shape& shape) {
  std::vector<float> values(static_cast<size_t>(shape.elements()));
  std::iota(values.begin(), values.end(), 0.F);
  return call.In<float>(shape, values);
}

OpCall Call(const std::string& name, const Shape& input, const std::vector<Ints>& constants,
            std::optional<Options> options = std::nullopt) {
  OpCall call(name, std::move(options));
  Count(call, input);
  for (const Ints& values : constants)
    call.Constant<int32_t>({static_cast<int64_t>(values.size())}, values);
  call.Out(Type::kFloat32);
  return call;
}

TEST(TransposeTest, AxesChangePlaces) {
  OpCall call = Call("TRANSPOSE", {2, 3}, {{1, 0}});
  EXPECT_THAT(call.Floats(), ElementsAreArray({0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(call.shape(), Shape({3, 2}));
  OpCall cube = Call("TRANSPOSE", {2, 2, 2}, {{2, 0, -2}});
  EXPECT_THAT(cube.Floats(), ElementsAreArray({0, 2, 4, 6, 1, 3, 5, 7}));
}

TEST(TransposeTest, RefusesWhatIsNoPermutation) {
  EXPECT_THAT(Call("TRANSPOSE", {2, 3}, {{1, 1}}).Error(), HasSubstr("axis 1 stands there twice"));
  EXPECT_THAT(Call("TRANSPOSE", {2, 3}, {{1}}).Error(), HasSubstr("1 axes for 2 dimensions"));
  EXPECT_THAT(Call("TRANSPOSE", {2, 3}, {{0, 2}}).Error(), HasSubstr("axis 2"));
}

TEST(TransposeTest, AnOrderThatMovesNothingCostsNothing) {
  EXPECT_TRUE(Call("TRANSPOSE", {1, 3, 1}, {{2, 1, 0}}).Build().Prepare()->all_in_place);
}

TEST(SliceTest, TakesAPartToTheEnd) {
  OpCall call = Call("SLICE", {3, 4}, {{1, 1}, {-1, 2}});
  EXPECT_THAT(call.Floats(), ElementsAreArray({5, 6, 9, 10}));
  EXPECT_EQ(call.shape(), Shape({2, 2}));
  EXPECT_THAT(Call("SLICE", {3, 4}, {{1, 1}, {3, 2}}).Error(),
              HasSubstr("axis 0: begin 1, size 3"));
  EXPECT_THAT(Call("SLICE", {3, 4}, {{-1, 1}, {1, 2}}).Error(), HasSubstr("begin -1"));
}

TEST(SliceTest, WholeRowsLieInTheInput) {
  const auto prepared = Call("SLICE", {3, 4}, {{1, 0}, {2, 4}}).Build().Prepare();
  ASSERT_TRUE(prepared);
  ASSERT_EQ(prepared->placements.size(), 1u);
  EXPECT_EQ(prepared->placements[0].offset, 16);
  EXPECT_TRUE(prepared->all_in_place);
}

struct Slicing {
  Shape input;
  Ints begin, end, strides;
  Options masks;  // begin 0, end 1, ellipsis 2, new axis 3, shrink 4, offset 5
  Shape output;
  std::vector<float> values;
};

TEST(StridedSliceTest, MasksMeanWhatTensorFlowSays) {
  const std::vector<Slicing> cases = {
      {{5}, {1}, {4}, {2}, {}, {2}, {1, 3}},
      {{5}, {-2}, {-5}, {-1}, {}, {3}, {3, 2, 1}},
      {{5}, {0}, {0}, {-2}, {{0, 1}, {1, 1}}, {3}, {4, 2, 0}},
      {{5}, {-100}, {100}, {1}, {}, {5}, {0, 1, 2, 3, 4}},
      {{5}, {3}, {1}, {1}, {}, {0}, {}},
      {{2, 3}, {1, 0}, {0, 0}, {1, 1}, {{1, 2}, {4, 1}}, {3}, {3, 4, 5}},
      {{2, 3}, {-1}, {0}, {1}, {{4, 1}}, {3}, {3, 4, 5}},
      {{2, 3}, {0, 1}, {0, 2}, {1, 1}, {{2, 1}}, {2, 1}, {1, 4}},
      {{2, 3}, {0, 0}, {0, 1}, {1, 1}, {{3, 1}}, {1, 1, 3}, {0, 1, 2}},
      {{2, 1, 2}, {0, 0, 1}, {0, 0, 2}, {1, 1, 1}, {{2, 1}, {3, 2}}, {2, 1, 1, 1}, {1, 3}},
      {{5}, {1}, {2}, {1}, {{5, true}}, {2}, {1, 2}},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    const Slicing& c = cases[i];
    OpCall call = Call("STRIDED_SLICE", c.input, {c.begin, c.end, c.strides}, c.masks);
    EXPECT_THAT(call.Floats(), ElementsAreArray(c.values)) << "case " << i;
    EXPECT_EQ(call.shape(), c.output) << "case " << i;
  }
}

TEST(StridedSliceTest, RefusesWhatHasNoMeaning) {
  EXPECT_THAT(Call("STRIDED_SLICE", {5}, {{0}, {1}, {0}}, Options{}).Error(),
              HasSubstr("a stride of 0"));
  EXPECT_THAT(Call("STRIDED_SLICE", {5}, {{0, 0}, {1, 1}, {1, 1}}, Options{}).Error(),
              HasSubstr("2 entries for 1 dimensions"));
  EXPECT_THAT(Call("STRIDED_SLICE", {5}, {{7}, {8}, {1}}, Options{{4, 1}}).Error(),
              HasSubstr("index 7 of an axis of 5"));
  EXPECT_THAT(Call("STRIDED_SLICE", {5}, {{0}, {1, 2}, {1}}, Options{}).Error(),
              HasSubstr("2 ends"));
}

TEST(ReverseTest, TheNamedAxesComeBackwards) {
  EXPECT_THAT(Call("REVERSE_V2", {2, 3}, {{-1}}).Floats(), ElementsAreArray({2, 1, 0, 5, 4, 3}));
  EXPECT_THAT(Call("REVERSE_V2", {2, 3}, {{0, 1}}).Floats(), ElementsAreArray({5, 4, 3, 2, 1, 0}));
  EXPECT_THAT(Call("REVERSE_V2", {2, 3}, {{0, -2}}).Error(), HasSubstr("axis 0 is reversed twice"));
}

TEST(TileTest, RepeatsAlongEachAxis) {
  OpCall call = Call("TILE", {2, 2}, {{2, 3}});
  EXPECT_THAT(call.Floats(), ElementsAreArray({0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3,
                                               0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3}));
  EXPECT_EQ(call.shape(), Shape({4, 6}));
  EXPECT_EQ(Call("TILE", {2, 2}, {{0, 3}}).Build().Prepare()->shapes[0], Shape({0, 6}));
  EXPECT_THAT(Call("TILE", {2, 2}, {{-1, 3}}).Error(), HasSubstr("multiple -1"));
  EXPECT_THAT(Call("TILE", {2, 2}, {{1 << 30, 1 << 30}}).Error(), HasSubstr("too many elements"));
}

TEST(BroadcastToTest, StretchesExtentsOfOne) {
  EXPECT_THAT(Call("BROADCAST_TO", {2, 1}, {{2, 2, 3}}).Floats(),
              ElementsAreArray({0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}));
  EXPECT_THAT(Call("BROADCAST_TO", {2, 2}, {{2, 3}}).Error(),
              HasSubstr("input 0 of shape [2, 2] does not stretch to [2, 3]"));
}

TEST(SpaceAndDepthTest, AreEachOthersInverse) {
  const std::vector<float> deep = {0, 1, 4, 5, 2, 3, 6, 7};
  OpCall call = Call("SPACE_TO_DEPTH", {1, 2, 4, 1}, {}, Options{{0, 2}});
  EXPECT_THAT(call.Floats(), ElementsAreArray(deep));
  EXPECT_EQ(call.shape(), Shape({1, 1, 2, 4}));
  OpCall back("DEPTH_TO_SPACE", Options{{0, 2}});
  back.In<float>({1, 1, 2, 4}, deep).Out(Type::kFloat32);
  EXPECT_THAT(back.Floats(), ElementsAreArray({0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_THAT(Call("SPACE_TO_DEPTH", {1, 3, 4, 1}, {}, Options{{0, 2}}).Error(),
              HasSubstr("is not made of blocks of 2"));
  EXPECT_THAT(Call("DEPTH_TO_SPACE", {1, 3, 4, 2}, {}, Options{{0, 0}}).Error(),
              HasSubstr("blocks of 0"));
}

TEST(SpaceAndBatchTest, PadsWithTheQuantisedZero) {
  OpCall call("SPACE_TO_BATCH_ND");
  call.In<int8_t>({1, 3, 2, 1}, {1, 2, 3, 4, 5, 6}, {{1.F}, {-5}});
  call.Constant<int32_t>({2}, {2, 2}).Constant<int32_t>({2, 2}, {1, 0, 0, 0});
  call.Out(Type::kInt8, {{1.F}, {-5}});
  EXPECT_THAT(call.Get<int8_t>(), ElementsAreArray({-5, 3, -5, 4, 1, 5, 2, 6}));
  EXPECT_EQ(call.shape(), Shape({4, 2, 1, 1}));
}

TEST(SpaceAndBatchTest, CroppingUndoesPadding) {
  OpCall call("BATCH_TO_SPACE_ND");
  call.In<float>({4, 2, 1, 1}, {-5, 3, -5, 4, 1, 5, 2, 6});
  call.Constant<int32_t>({2}, {2, 2}).Constant<int32_t>({2, 2}, {1, 0, 0, 0});
  call.Out(Type::kFloat32);
  EXPECT_THAT(call.Floats(), ElementsAreArray({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(call.shape(), Shape({1, 3, 2, 1}));
}

TEST(SpaceAndBatchTest, RandomSpacesComeBack) {
  for (const auto& [block, before] :
       std::vector<std::pair<int32_t, int32_t>>{{2, 0}, {3, 2}, {4, 7}}) {
    const Shape shape = {2, 8, 5, 3};
    const int32_t after_h = block - (8 + before) % block;
    const int32_t after_w = block - (5 + before) % block;
    OpCall there("SPACE_TO_BATCH_ND");
    Count(there, shape).Constant<int32_t>({2}, {block, block});
    there.Constant<int32_t>({2, 2}, {before, after_h, before, after_w}).Out(Type::kFloat32);
    const std::vector<float> batches = there.Floats();
    OpCall back("BATCH_TO_SPACE_ND");
    back.In<float>(there.shape(), batches).Constant<int32_t>({2}, {block, block});
    back.Constant<int32_t>({2, 2}, {before, after_h, before, after_w}).Out(Type::kFloat32);
    std::vector<float> want(static_cast<size_t>(shape.elements()));
    std::iota(want.begin(), want.end(), 0.F);
    EXPECT_EQ(back.Floats(), want) << block;
    EXPECT_EQ(back.shape(), shape);
  }
}

TEST(SplitTest, CutsEqualParts) {
  OpCall call("SPLIT", Options{{0, 2}});
  call.Constant<int32_t>({}, {1});
  Count(call, {2, 4}).Out(Type::kFloat32).Out(Type::kFloat32);
  EXPECT_THAT(call.Floats(0), ElementsAreArray({0, 1, 4, 5}));
  EXPECT_THAT(call.Floats(1), ElementsAreArray({2, 3, 6, 7}));
  EXPECT_EQ(call.shape(), Shape({2, 2}));
  OpCall uneven("SPLIT", Options{{0, 2}});
  uneven.Constant<int32_t>({}, {0});
  Count(uneven, {3}).Out(Type::kFloat32).Out(Type::kFloat32);
  EXPECT_THAT(uneven.Error(), HasSubstr("2 equal parts"));
}

OpCall SplitV(const Ints& lengths, const Shape& input) {
  OpCall call("SPLIT_V", Options{{0, static_cast<int32_t>(lengths.size())}});
  Count(call, input).Constant<int32_t>({static_cast<int64_t>(lengths.size())}, lengths);
  call.Constant<int32_t>({}, {-1});
  for (size_t i = 0; i < lengths.size(); ++i) call.Out(Type::kFloat32);
  return call;
}

TEST(SplitVTest, OneLengthFollowsFromTheOthers) {
  OpCall call = SplitV({1, -1, 2}, {1, 6});
  EXPECT_THAT(call.Floats(0), ElementsAreArray({0}));
  EXPECT_THAT(call.Floats(1), ElementsAreArray({1, 2, 3}));
  EXPECT_THAT(call.Floats(2), ElementsAreArray({4, 5}));
  EXPECT_TRUE(call.Build().Prepare()->all_in_place);
  EXPECT_THAT(SplitV({1, 2}, {6}).Error(), HasSubstr("leave 3"));
  EXPECT_THAT(SplitV({5, 2}, {6}).Error(), HasSubstr("length 2 does not fit"));
  EXPECT_THAT(SplitV({-1, -1}, {6}).Error(), HasSubstr("length -1"));
}

TEST(PackTest, IsUnpacksInverse) {
  for (const int32_t axis : {0, 1, -1}) {
    OpCall unpack("UNPACK", Options{{0, 2}, {1, axis}});
    Count(unpack, {2, 2, 2}).Out(Type::kFloat32).Out(Type::kFloat32);
    const std::vector<float> first = unpack.Floats(0);
    const std::vector<float> second = unpack.Floats(1);
    EXPECT_EQ(unpack.shape(), Shape({2, 2}));
    OpCall pack("PACK", Options{{0, 2}, {1, axis}});
    pack.In<float>({2, 2}, first).In<float>({2, 2}, second).Out(Type::kFloat32);
    EXPECT_THAT(pack.Floats(), ElementsAreArray({0, 1, 2, 3, 4, 5, 6, 7})) << axis;
    EXPECT_EQ(pack.Build().Prepare()->all_in_place, axis == 0);
  }
}

TEST(PackTest, RefusesInputsThatDiffer) {
  OpCall call("PACK", Options{{0, 2}, {1, 0}});
  Count(Count(call, {2}), {3}).Out(Type::kFloat32);
  EXPECT_THAT(call.Error(), HasSubstr("input 1: shape [3], input 0 has [2]"));
  OpCall count("UNPACK", Options{{0, 3}, {1, 0}});
  Count(count, {2}).Out(Type::kFloat32);
  EXPECT_THAT(count.Error(), HasSubstr("1 outputs for axis 0 of [2]"));
}

TEST(MirrorPadTest, RepeatsTheEdgeOrNot) {
  EXPECT_THAT(Call("MIRROR_PAD", {3}, {{2, 1}}, Options{{0, int8_t{0}}}).Floats(),
              ElementsAreArray({2, 1, 0, 1, 2, 1}));
  EXPECT_THAT(Call("MIRROR_PAD", {3}, {{2, 1}}, Options{{0, int8_t{1}}}).Floats(),
              ElementsAreArray({1, 0, 0, 1, 2, 2}));
  EXPECT_THAT(Call("MIRROR_PAD", {2, 2}, {{1, 0, 0, 1}}, Options{{0, int8_t{0}}}).Floats(),
              ElementsAreArray({2, 3, 2, 0, 1, 0, 2, 3, 2}));
  EXPECT_THAT(Call("MIRROR_PAD", {3}, {{3, 0}}, Options{{0, int8_t{0}}}).Error(),
              HasSubstr("too short to be mirrored over 3"));
}

TEST(GatherTest, TakesSlicesInTheIndicesOrder) {
  OpCall call("GATHER", Options{{0, 1}});
  Count(call, {2, 3}).In<int64_t>({2, 2}, {2, 0, 1, 2}).Out(Type::kFloat32);
  EXPECT_THAT(call.Floats(), ElementsAreArray({2, 0, 1, 2, 5, 3, 4, 5}));
  EXPECT_EQ(call.shape(), Shape({2, 2, 2}));
  OpCall batched("GATHER", Options{{0, 1}, {1, 1}});
  Count(batched, {2, 3}).In<int32_t>({2, 1}, {2, 0}).Out(Type::kFloat32);
  EXPECT_THAT(batched.Floats(), ElementsAreArray({2, 3}));
  EXPECT_EQ(batched.shape(), Shape({2, 1}));
}

template <class T>
std::vector<T> Gathered(int axis) {
  OpCall call("GATHER", Options{{0, axis}});
  call.In<T>({2, 3}, {1, 2, 3, 4, 5, 6}).template In<int32_t>({2}, {1, 0}).Out(TypeOf<T>());
  return call.template Get<T>();
}

TEST(GatherTest, ElementsOfEverySizeAreGathered) {
  EXPECT_THAT(Gathered<int8_t>(1), ElementsAreArray({2, 1, 5, 4}));
  EXPECT_THAT(Gathered<int16_t>(1), ElementsAreArray({2, 1, 5, 4}));
  EXPECT_THAT(Gathered<int64_t>(1), ElementsAreArray({2, 1, 5, 4}));
  EXPECT_THAT(Gathered<int16_t>(0), ElementsAreArray({4, 5, 6, 1, 2, 3}));
  EXPECT_THAT(Gathered<int64_t>(0), ElementsAreArray({4, 5, 6, 1, 2, 3}));
}

TEST(GatherTest, StringsAreGathered) {
  model::ModelBuilder b;
  const int x = b.Input("x", Type::kString, {3});
  const int at = b.Constant<int32_t>("at", {2}, {2, 0});
  b.Output(
      b.Op("GATHER", {x, at}, {.name = "y", .type = Type::kString, .shape = {2}}, Options{{0, 0}}));
  const Tensor words({3}, {"a", "a longer word than fits in place", "c"});
  const auto y = OneNode(b).Run({ElementsOf(words)});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(y->at(0).strings(), ElementsAre("c", "a"));
}

TEST(GatherTest, AnIndexOutsideFailsTheRun) {
  for (const int32_t index : {-1, 3}) {
    OpCall call("GATHER", Options{{0, 1}});
    Count(call, {2, 3}).In<int32_t>({1}, {index}).Out(Type::kFloat32);
    EXPECT_TRUE(call.Build().Prepare());
    EXPECT_THAT(call.Error(), HasSubstr("index " + std::to_string(index) + " of an axis of 3"));
  }
}

TEST(GatherNdTest, TakesSlicesByTheirPlace) {
  OpCall call("GATHER_ND");
  Count(call, {2, 2, 2}).In<int32_t>({2, 2}, {1, 0, 0, 1}).Out(Type::kFloat32);
  EXPECT_THAT(call.Floats(), ElementsAreArray({4, 5, 2, 3}));
  OpCall wrong("GATHER_ND");
  Count(wrong, {2, 2, 2}).In<int32_t>({1, 2}, {1, 2}).Out(Type::kFloat32);
  EXPECT_THAT(wrong.Error(), HasSubstr("index 2 of an axis of 2"));
  OpCall deep("GATHER_ND");
  Count(deep, {2}).In<int32_t>({1, 2}, {1, 1}).Out(Type::kFloat32);
  EXPECT_THAT(deep.Error(), HasSubstr("2 indices for 1 dimensions"));
}

TEST(ShapeTest, IsKnownWhenItsInputsShapeIs) {
  OpCall call("SHAPE");
  Count(call, {2, 0, 3}).Out(Type::kInt64);
  const auto prepared = call.Build().Prepare();
  ASSERT_EQ(prepared->known.size(), 1u);
  EXPECT_THAT(Values<int64_t>(prepared->known[0]), ElementsAreArray({2, 0, 3}));
  OpCall rank("RANK");
  Count(rank, {2, 0, 3}).Out(Type::kInt32);
  const auto three = rank.Build().Prepare();
  ASSERT_EQ(three->known.size(), 1u);
  EXPECT_THAT(Values<int32_t>(three->known[0]), ElementsAreArray({3}));
}

TEST(FillTest, RepeatsOneValue) {
  OpCall call("FILL");
  call.Constant<int32_t>({2}, {2, 3}).In<int64_t>({}, {7}).Out(Type::kInt64);
  EXPECT_THAT(call.Get<int64_t>(), ElementsAreArray({7, 7, 7, 7, 7, 7}));
  OpCall zeros("ZEROS_LIKE");
  Count(zeros, {3}).Out(Type::kFloat32);
  EXPECT_THAT(zeros.Floats(), ElementsAreArray({0, 0, 0}));
}

}  // namespace
}  // namespace brink::ops
