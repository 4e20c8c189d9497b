// Operators that reduce, rank, look up by index, or make tensors out of numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "brink/ops/op_call_testing.h"

namespace brink::ops {
namespace {

using model::Options;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

OpCall Reduce(const std::string& name, const std::vector<int32_t>& axes, bool keep_dims) {
  OpCall call(name, Options{{0, keep_dims}});
  call.In<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  call.Constant<int32_t>({static_cast<int64_t>(axes.size())}, axes).Out(Type::kFloat32);
  return call;
}

TEST(ReductionTest, ReducesTheNamedAxes) {
  EXPECT_THAT(Reduce("SUM", {1}, false).Floats(), ElementsAreArray({6, 15}));
  EXPECT_THAT(Reduce("MEAN", {0, -2}, false).Floats(), ElementsAreArray({2.5, 3.5, 4.5}));
  EXPECT_THAT(Reduce("REDUCE_MAX", {0, 1}, false).Floats(), ElementsAreArray({6}));
  EXPECT_THAT(Reduce("REDUCE_MIN", {1}, false).Floats(), ElementsAreArray({1, 4}));
  EXPECT_THAT(Reduce("REDUCE_PROD", {1}, false).Floats(), ElementsAreArray({6, 120}));
  EXPECT_THAT(Reduce("SUM", {}, false).Floats(), ElementsAreArray({1, 2, 3, 4, 5, 6}));
  OpCall kept = Reduce("SUM", {1}, true);
  kept.Floats();
  EXPECT_EQ(kept.shape(), Shape({2, 1}));
  EXPECT_THAT(Reduce("SUM", {2}, true).Error(), HasSubstr("axis 2 of a tensor with 2 dimensions"));
}

TEST(ReductionTest, BoolsAndIntegers) {
  for (const auto& [name, wanted] : std::vector<std::pair<std::string, std::vector<uint8_t>>>{
           {"REDUCE_ANY", {1, 0}}, {"REDUCE_ALL", {0, 0}}}) {
    OpCall call(name, Options{{0, false}});
    call.InBool({2, 2}, {1, 0, 0, 0}).Constant<int32_t>({1}, {1}).Out(Type::kBool);
    EXPECT_EQ(call.Get<uint8_t>(), wanted) << name;
  }
  OpCall nothing("REDUCE_ALL", Options{{0, false}});
  nothing.InBool({0}, {}).Constant<int32_t>({1}, {0}).Out(Type::kBool);
  EXPECT_THAT(nothing.Get<uint8_t>(), ElementsAreArray({1}));
  OpCall mean("MEAN", Options{{0, false}});
  mean.In<int32_t>({3}, {1, 2, 5}).Constant<int32_t>({1}, {0}).Out(Type::kInt32);
  EXPECT_THAT(mean.Get<int32_t>(), ElementsAreArray({2}));
}

TEST(ReductionTest, QuantisedTensorsAreRescaled) {
  for (const auto& [name, wanted] :
       std::vector<std::pair<std::string, int8_t>>{{"MEAN", 8}, {"SUM", 17}}) {
    OpCall call(name, Options{{0, false}});
    call.In<int8_t>({2}, {10, 30}, {{0.5F}, {2}}).Constant<int32_t>({1}, {0});
    call.Out(Type::kInt8, {{1.F}, {-1}});
    EXPECT_THAT(call.Get<int8_t>(), ElementsAre(wanted)) << name;
  }
  OpCall most("REDUCE_MAX", Options{{0, false}});
  most.In<int8_t>({2}, {10, 30}, {{0.5F}, {2}}).Constant<int32_t>({1}, {0});
  most.Out(Type::kInt8, {{1.F}, {2}});
  EXPECT_THAT(most.Error(), HasSubstr("whose quantisation is not the input's"));
}

TEST(ArgTest, TheFirstOfEqualElementsCounts) {
  OpCall most("ARG_MAX", Options{{0, int8_t{4}}});
  most.In<float>({2, 3}, {1, 5, 5, 9, 2, 2}).Constant<int32_t>({}, {-1}).Out(Type::kInt64);
  EXPECT_THAT(most.Get<int64_t>(), ElementsAreArray({1, 0}));
  OpCall least("ARG_MIN", Options{{0, int8_t{2}}});
  least.In<uint8_t>({2, 3}, {1, 5, 5, 9, 2, 5}).Constant<int32_t>({}, {0}).Out(Type::kInt32);
  EXPECT_THAT(least.Get<int32_t>(), ElementsAreArray({0, 1, 0}));
}

TEST(TopKTest, SortsTheLargestOfEachRow) {
  OpCall call("TOPK_V2");
  call.In<float>({2, 4}, {1, 7, 3, 7, NAN, -1, 0, 2}).Constant<int32_t>({}, {3});
  call.Out(Type::kFloat32).Out(Type::kInt32);
  EXPECT_THAT(call.Floats(0), ElementsAreArray({7, 7, 3, 2, 0, -1}));
  EXPECT_THAT(call.Get<int32_t>(1), ElementsAreArray({1, 3, 2, 3, 2, 1}));
  EXPECT_EQ(call.shape(), Shape({2, 3}));
  OpCall wrong("TOPK_V2");
  wrong.In<float>({2}, {1, 7}).Constant<int32_t>({}, {3}).Out(Type::kFloat32).Out(Type::kInt32);
  EXPECT_THAT(wrong.Error(), HasSubstr("the 3 largest of 2"));
}

TEST(CastTest, ChangesTypes) {
  OpCall call("CAST");
  call.In<float>({3}, {1.7F, -2.5F, 1000}).Out(Type::kInt8);
  EXPECT_THAT(call.Get<int8_t>(), ElementsAreArray({1, -2, 127}));
  OpCall same("CAST");
  same.In<float>({1}, {3}).Out(Type::kFloat32);
  EXPECT_THAT(same.Floats(), ElementsAreArray({3}));
  EXPECT_TRUE(same.Build().Prepare()->all_in_place);
}

TEST(QuantizeTest, MovesBetweenWidths) {
  OpCall narrow("QUANTIZE");
  narrow.In<int16_t>({2}, {100, -300}, {{0.5F}, {0}}).Out(Type::kInt8, {{1.F}, {2}});
  EXPECT_THAT(narrow.Get<int8_t>(), ElementsAreArray({52, -128}));
  OpCall wide("QUANTIZE");
  wide.In<int8_t>({2}, {52, -128}, {{1.F}, {2}}).Out(Type::kInt16, {{0.5F}, {0}});
  EXPECT_THAT(wide.Get<int16_t>(), ElementsAreArray({100, -260}));
  OpCall real("QUANTIZE");
  real.In<float>({2}, {1.3F, -1e9F}).Out(Type::kInt16, {{0.5F}, {0}});
  EXPECT_THAT(real.Get<int16_t>(), ElementsAreArray({3, -32768}));
}

TEST(DequantizeTest, ChannelsHaveTheirOwnScales) {
  OpCall call("DEQUANTIZE");
  call.In<int8_t>({2, 2}, {1, 2, 3, 4}, {{1.F, 10.F}, {0, 1}, 1}).Out(Type::kFloat32);
  EXPECT_THAT(call.Floats(), ElementsAreArray({1, 10, 3, 30}));
  OpCall wide("DEQUANTIZE");
  wide.In<int16_t>({2}, {1, -2}, {{0.5F}, {0}}).Out(Type::kFloat32);
  EXPECT_THAT(wide.Floats(), ElementsAreArray({.5, -1.}));
}

TEST(RangeTest, EndsBeforeTheLimit) {
  OpCall up("RANGE");
  up.Constant<int32_t>({}, {1}).Constant<int32_t>({}, {8}).Constant<int32_t>({}, {3});
  EXPECT_THAT(up.Out(Type::kInt32).Get<int32_t>(), ElementsAreArray({1, 4, 7}));
  OpCall down("RANGE");
  down.Constant<float>({}, {1}).Constant<float>({}, {-1}).Constant<float>({}, {-0.5F});
  EXPECT_THAT(down.Out(Type::kFloat32).Floats(), ElementsAreArray({1., .5, 0., -.5}));
  OpCall endless("RANGE");
  endless.Constant<int32_t>({}, {1}).Constant<int32_t>({}, {8}).Constant<int32_t>({}, {0});
  EXPECT_THAT(endless.Out(Type::kInt32).Error(), HasSubstr("a step of 0"));
}

TEST(OneHotTest, SetsOneOfEach) {
  OpCall call("ONE_HOT", Options{{0, -1}});
  call.In<int32_t>({3}, {1, 5, 0}).Constant<int32_t>({}, {2});
  call.In<float>({}, {9}).In<float>({}, {-1}).Out(Type::kFloat32);
  EXPECT_THAT(call.Floats(), ElementsAreArray({-1, 9, -1, -1, 9, -1}));
  EXPECT_EQ(call.shape(), Shape({3, 2}));
}

TEST(WhereTest, ListsWhatIsNotZero) {
  OpCall call("WHERE");
  call.Constant<float>({2, 2}, {0, 3, -0.0F, 1}).Out(Type::kInt64);
  const auto prepared = call.Build().Prepare();
  ASSERT_EQ(prepared->known.size(), 1u);
  EXPECT_EQ(prepared->shapes[0], Shape({2, 2}));
  EXPECT_THAT(Values<int64_t>(prepared->known[0]), ElementsAreArray({0, 1, 1, 1}));
}

TEST(UniqueTest, KeepsTheOrderOfFirstAppearance) {
  OpCall call("UNIQUE", Options{{0, int8_t{2}}});
  call.Constant<int32_t>({5}, {7, 3, 7, 1, 3}).Out(Type::kInt32).Out(Type::kInt32);
  const auto prepared = call.Build().Prepare();
  ASSERT_EQ(prepared->known.size(), 2u);
  EXPECT_THAT(Values<int32_t>(prepared->known[0]), ElementsAreArray({7, 3, 1}));
  EXPECT_THAT(Values<int32_t>(prepared->known[1]), ElementsAreArray({0, 1, 0, 2, 1}));
}

std::vector<float> Cumsum(bool exclusive, bool reverse) {
  OpCall call("CUMSUM", Options{{0, exclusive}, {1, reverse}});
  call.In<float>({2, 3}, {1, 2, 3, 4, 5, 6}).Constant<int32_t>({}, {1}).Out(Type::kFloat32);
  return call.Floats();
}

TEST(CumsumTest, RunsEitherWayWithOrWithoutItself) {
  EXPECT_THAT(Cumsum(false, false), ElementsAreArray({1, 3, 6, 4, 9, 15}));
  EXPECT_THAT(Cumsum(true, false), ElementsAreArray({0, 1, 3, 0, 4, 9}));
  EXPECT_THAT(Cumsum(false, true), ElementsAreArray({6, 5, 3, 15, 11, 6}));
  EXPECT_THAT(Cumsum(true, true), ElementsAreArray({5, 3, 0, 11, 6, 0}));
}

// Rows side by side and one by one, and columns.
TEST(CumsumTest, SumsAlongEveryAxisOfManyRows) {
  const std::vector<int64_t> shape = {2, 3, 5};
  std::vector<int32_t> values(30);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int32_t>(i * i % 23);
  for (const int32_t axis : {0, 1, 2}) {
    for (const int way : {0, 1, 2, 3}) {
      const bool exclusive = way % 2 == 1;
      const bool reverse = way > 1;
      const std::vector<int64_t> steps = {15, 5, 1};
      const int64_t step = steps[static_cast<size_t>(axis)];
      const int64_t extent = shape[static_cast<size_t>(axis)];
      std::vector<int32_t> want(values.size());
      for (int64_t at = 0; at < 30; ++at) {
        const int64_t place = at / step % extent;
        for (int64_t i = 0; i < extent; ++i) {
          const bool before = reverse ? i > place : i < place;
          if (before || (i == place && !exclusive))
            want[static_cast<size_t>(at)] += values[static_cast<size_t>(at + (i - place) * step)];
        }
      }
      OpCall call("CUMSUM", Options{{0, exclusive}, {1, reverse}});
      call.In<int32_t>({2, 3, 5}, values).Constant<int32_t>({}, {axis}).Out(Type::kInt32);
      EXPECT_EQ(call.Get<int32_t>(), want) << axis << ' ' << way;
    }
  }
}

TEST(MatrixDiagTest, PutsRowsOnDiagonals) {
  OpCall call("MATRIX_DIAG");
  call.In<float>({1, 2}, {1, 2}).Out(Type::kFloat32);
  EXPECT_THAT(call.Floats(), ElementsAreArray({1, 0, 0, 2}));
  EXPECT_EQ(call.shape(), Shape({1, 2, 2}));
  OpCall set("MATRIX_SET_DIAG");
  set.In<float>({2, 3}, {1, 2, 3, 4, 5, 6}).In<float>({2}, {8, 9}).Out(Type::kFloat32);
  EXPECT_THAT(set.Floats(), ElementsAreArray({8, 2, 3, 4, 9, 6}));
}

TEST(BitcastTest, KeepsTheBytes) {
  OpCall call("BITCAST");
  call.In<int32_t>({1}, {0x3F800000}).Out(Type::kFloat32);
  EXPECT_THAT(call.Floats(), ElementsAreArray({1}));
  OpCall wide("BITCAST");
  wide.In<int16_t>({1, 2}, {0, 0x3F80}).Out(Type::kFloat32);
  EXPECT_THAT(wide.Floats(), ElementsAreArray({1}));
  EXPECT_EQ(wide.shape(), Shape({1}));
  OpCall narrow("BITCAST");
  narrow.In<int32_t>({1}, {0x00020001}).Out(Type::kInt16);
  EXPECT_THAT(narrow.Get<int16_t>(), ElementsAreArray({1, 2}));
}

TEST(BucketizeTest, CountsBoundariesBelow) {
  OpCall call("BUCKETIZE", Options{{0, std::vector<float>{0, 10, 100}}});
  call.In<float>({4}, {-5, 0, 50, 1000}).Out(Type::kInt32);
  EXPECT_THAT(call.Get<int32_t>(), ElementsAreArray({0, 1, 2, 3}));
}

TEST(ReverseSequenceTest, TurnsTheBeginningOfEachBatch) {
  OpCall call("REVERSE_SEQUENCE", Options{{0, 1}, {1, 0}});
  call.In<float>({2, 3, 1}, {1, 2, 3, 4, 5, 6}).In<int32_t>({2}, {2, 3}).Out(Type::kFloat32);
  EXPECT_THAT(call.Floats(), ElementsAreArray({2, 1, 3, 6, 5, 4}));
  OpCall columns("REVERSE_SEQUENCE", Options{{0, 0}, {1, 1}});
  columns.In<float>({2, 3}, {1, 2, 3, 4, 5, 6}).In<int32_t>({3}, {2, 1, 0}).Out(Type::kFloat32);
  EXPECT_THAT(columns.Floats(), ElementsAreArray({4, 2, 3, 1, 5, 6}));
  OpCall wrong("REVERSE_SEQUENCE", Options{{0, 1}, {1, 0}});
  wrong.In<float>({1, 2}, {1, 2}).In<int32_t>({1}, {3}).Out(Type::kFloat32);
  EXPECT_THAT(wrong.Error(), HasSubstr("a length of 3 of an axis of 2"));
}

TEST(DynamicUpdateSliceTest, MovesThePlaceInside) {
  OpCall call("DYNAMIC_UPDATE_SLICE");
  call.In<float>({2, 3}, {1, 2, 3, 4, 5, 6}).In<float>({1, 2}, {8, 9}).In<int32_t>({2}, {5, -1});
  EXPECT_THAT(call.Out(Type::kFloat32).Floats(), ElementsAreArray({1, 2, 3, 8, 9, 6}));
}

TEST(BroadcastArgsTest, GivesTheCommonShape) {
  OpCall call("BROADCAST_ARGS");
  call.In<int32_t>({3}, {2, 1, 4}).In<int32_t>({2}, {3, 1}).Out(Type::kInt32);
  EXPECT_THAT(call.Get<int32_t>(), ElementsAreArray({2, 3, 4}));
  OpCall wrong("BROADCAST_ARGS");
  wrong.In<int32_t>({1}, {2}).In<int32_t>({1}, {3}).Out(Type::kInt32);
  EXPECT_THAT(wrong.Error(), HasSubstr("extents 2 and 3 do not broadcast"));
}

TEST(AddNTest, AddsAll) {
  OpCall call("ADD_N");
  for (int i = 0; i < 3; ++i) call.In<int32_t>({2}, {1, i});
  EXPECT_THAT(call.Out(Type::kInt32).Get<int32_t>(), ElementsAreArray({3, 3}));
}

TEST(ComplexTest, HasPartsAndASize) {
  for (const auto& [name, wanted] : std::vector<std::pair<std::string, float>>{
           {"REAL", 3.F}, {"IMAG", -4.F}, {"COMPLEX_ABS", 5.F}}) {
    model::ModelBuilder b;
    const int x = b.Input("x", Type::kComplex64, {1});
    b.Output(b.Op(name, {x}, {.name = "y", .shape = {1}}));
    const Tensor value = Of<float>({2}, {3, -4});
    const auto y = OneNode(b).Run({ConstTensorView{Type::kComplex64, {1}, value.view().bytes}});
    ASSERT_TRUE(y) << y.error().message;
    EXPECT_THAT(Values<float>((*y)[0]), ElementsAre(wanted)) << name;
  }
}

TEST(LookupTest, EmbeddingsAreScaledByRow) {
  OpCall call("EMBEDDING_LOOKUP");
  call.In<int32_t>({2}, {1, 0});
  call.Constant<int8_t>({2, 2}, {1, 2, 3, 4}, {{1.F, 10.F}, {0, 0}, 0}).Out(Type::kFloat32);
  EXPECT_THAT(call.Floats(), ElementsAreArray({30, 40, 1, 2}));
  OpCall wrong("EMBEDDING_LOOKUP");
  wrong.In<int32_t>({1}, {2}).Constant<float>({2, 1}, {1, 2}).Out(Type::kFloat32);
  EXPECT_THAT(wrong.Error(), HasSubstr("index 2 of an axis of 2"));
}

TEST(LookupTest, MissingKeysGiveZeros) {
  OpCall call("HASHTABLE_LOOKUP");
  call.In<int32_t>({3}, {7, 4, 1}).Constant<int32_t>({2}, {1, 7});
  call.Constant<float>({2, 1}, {10, 70}).Out(Type::kFloat32).Out(Type::kUInt8);
  EXPECT_THAT(call.Floats(0), ElementsAreArray({70, 0, 10}));
  EXPECT_THAT(call.Get<uint8_t>(1), ElementsAreArray({1, 0, 1}));
}

TEST(ScatterTest, DenseTensorsAndSums) {
  OpCall dense("SPARSE_TO_DENSE", Options{{0, true}});
  dense.In<int32_t>({2, 2}, {0, 1, 1, 0}).Constant<int32_t>({2}, {2, 2});
  dense.In<float>({2}, {5, 6}).In<float>({}, {-1}).Out(Type::kFloat32);
  EXPECT_THAT(dense.Floats(), ElementsAreArray({-1, 5, 6, -1}));
  OpCall sums("SCATTER_ND");
  sums.In<int32_t>({3, 1}, {2, 0, 2}).In<int32_t>({3, 2}, {1, 2, 3, 4, 5, 6});
  sums.Constant<int32_t>({2}, {3, 2}).Out(Type::kInt32);
  EXPECT_THAT(sums.Get<int32_t>(), ElementsAreArray({3, 4, 0, 0, 6, 8}));
  OpCall wrong("SCATTER_ND");
  wrong.In<int32_t>({1, 1}, {3}).In<int32_t>({1}, {1}).Constant<int32_t>({1}, {3});
  EXPECT_THAT(wrong.Out(Type::kInt32).Error(), HasSubstr("index 3 of an axis of 3"));
}

TEST(SegmentTest, ReducesSlicesOfANumber) {
  OpCall sum("SEGMENT_SUM");
  sum.In<float>({3, 2}, {1, 2, 3, 4, 5, 6}).Constant<int32_t>({3}, {0, 0, 1}).Out(Type::kFloat32);
  EXPECT_THAT(sum.Floats(), ElementsAreArray({4, 6, 5, 6}));
  for (const auto& [name, wanted] : std::vector<std::pair<std::string, std::vector<int32_t>>>{
           {"UNSORTED_SEGMENT_SUM", {5, 4}},
           {"UNSORTED_SEGMENT_PROD", {5, 3}},
           {"UNSORTED_SEGMENT_MAX", {5, 3}},
           {"UNSORTED_SEGMENT_MIN", {5, 1}}}) {
    OpCall call(name);
    call.In<int32_t>({4}, {1, 9, 5, 3}).In<int32_t>({4}, {1, -1, 0, 1}).Constant<int32_t>({}, {2});
    EXPECT_EQ(call.Out(Type::kInt32).Get<int32_t>(), wanted) << name;
  }
}

TEST(PadTest, TheFillingMayBeKnownAtRunTimeAlone) {
  OpCall call("PADV2");
  call.In<int64_t>({2}, {1, 2}).Constant<int32_t>({1, 2}, {1, 1}).In<int64_t>({1}, {7});
  EXPECT_THAT(call.Out(Type::kInt64).Get<int64_t>(), ElementsAreArray({7, 1, 2, 7}));
}

}  // namespace
}  // namespace brink::ops
