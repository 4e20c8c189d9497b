// Convolutions in their less common type forms, and operators that are made of convolutions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "brink/ops/one_node_testing.h"

namespace brink::ops {
namespace {

using model::BytesOf;
using model::BytesOfInt4;
using model::kAbsent;
using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::FloatNear;
using testing::HasSubstr;

constexpr int8_t kSame = 0;
constexpr int8_t kValid = 1;

Options ConvOptions() { return {{0, kValid}, {1, 1}, {2, 1}, {3, int8_t{0}}, {4, 1}, {5, 1}}; }

struct Bias16 {
  Type type = Type::kInt64;
  int64_t zero_point = 0;
};

OneNode Conv16(const Bias16& c) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kInt16, {1, 1, 2, 2}, {{0.5F}, {c.zero_point}});
  const int w =
      b.Constant("w", {2, 1, 1, 2}, std::vector<int8_t>{1, 2, 3, -4}, {{1.F, 2.F}, {0, 0}, 0});
  const int bias = c.type == Type::kInt64 ? b.Constant("b", {2}, std::vector<int64_t>{10, -20})
                                          : b.Constant("b", {2}, std::vector<int32_t>{10, -20});
  b.Output(
      b.Op("CONV_2D", {x, w, bias},
           {.name = "y", .type = Type::kInt16, .shape = {1, 1, 2, 2}, .quantization = {{1.F}, {0}}},
           ConvOptions()));
  return OneNode(b);
}

TEST(ConvolutionFormsTest, SixteenBitsByEightWithBiasesOfBothWidths) {
  for (const Type type : {Type::kInt64, Type::kInt32}) {
    const auto y = Conv16({type}).Run({Of<int16_t>({1, 1, 2, 2}, {100, 200, -300, 400}).view()});
    ASSERT_TRUE(y) << y.error().message;
    // Sums 510, -520 of steps .5 and 1; then 510, -2520.
    EXPECT_THAT(Values<int16_t>((*y)[0]), ElementsAreArray({255, -520, 255, -2520}));
  }
  EXPECT_THAT(Conv16({Type::kInt64, 3}).Error(), HasSubstr("zero point other than 0"));
}

TEST(ConvolutionFormsTest, FourBitFiltersAreUnpacked) {
  for (const Type type : {Type::kFloat32, Type::kInt8}) {
    ModelBuilder b;
    const bool bytes = type == Type::kInt8;
    const Quantization q = bytes ? Quantization{{1.F}, {0}} : Quantization{};
    const int x = b.Input("x", type, {1, 3}, q);
    const int w = b.Add({.name = "w",
                         .type = Type::kInt4,
                         .shape = {2, 3},
                         .quantization = {{1.F, 2.F}, {0, 0}, 0},
                         .data = BytesOfInt4(std::vector<int8_t>{1, -2, 3, -8, 7, 0})});
    b.Output(b.Op("FULLY_CONNECTED", {x, w, kAbsent},
                  {.name = "y", .type = type, .shape = {1, 2}, .quantization = q}, Options{}));
    const OneNode node(b);
    if (bytes) {
      const auto y = node.Run({Of<int8_t>({1, 3}, {1, 2, 3}).view()});
      ASSERT_TRUE(y) << y.error().message;
      EXPECT_THAT(Values<int8_t>((*y)[0]), ElementsAreArray({6, 12}));
    } else {
      const auto y = node.Run({Of<float>({1, 3}, {1, 2, 3}).view()});
      ASSERT_TRUE(y) << y.error().message;
      // The input is quantised by steps of 3 / 127.
      EXPECT_THAT(Values<float>((*y)[0]), ElementsAre(FloatNear(6, 0.05F), FloatNear(12, 0.3F)));
    }
  }
}

std::vector<float> Hybrid(bool asymmetric, const std::vector<float>& scales) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {3, 3});
  const int w = b.Constant("w", {2, 3}, std::vector<int8_t>{1, -20, 127, -3, 44, 5},
                           {scales, std::vector<int64_t>(scales.size()), 0});
  const int bias = b.Constant("b", {2}, std::vector<float>{.5F, -1});
  b.Output(b.Op("FULLY_CONNECTED", {x, w, bias}, {.name = "y", .shape = {3, 2}},
                Options{{3, asymmetric}}));
  const auto y = OneNode(b).Run({Of<float>({3, 3}, {.3F, -1.7F, 2.2F, 0, 0, 0, 5, 4, 9}).view()});
  if (!y) throw std::runtime_error(y.error().message);
  return Values<float>((*y)[0]);
}

testing::Matcher<std::vector<float>> Near(const std::vector<float>& values) {
  return testing::Pointwise(FloatNear(1e-4F), values);
}

// Expected: LiteRT 2.3.0.
TEST(ConvolutionFormsTest, RowsAreQuantisedForWeightsThatStayBytes) {
  EXPECT_THAT(Hybrid(false, {.25F}), Near({78.91181182861328F, -17.144882202148438F, 0.5F, -1,
                                           267.6653747558594F, 50.12992477416992F}));
  EXPECT_THAT(Hybrid(false, {.25F, .5F}), Near({78.91181182861328F, -33.289764404296875F, 0.5F, -1,
                                                267.6653747558594F, 101.25984954833984F}));
  EXPECT_THAT(Hybrid(true, {.25F}), Near({78.98941040039062F, -17.150588989257812F, 0.5F, -1,
                                          267.561767578125F, 50.36176681518555F}));
  EXPECT_THAT(Hybrid(true, {.25F, .5F}), Near({78.98941040039062F, -33.301177978515625F, 0.5F, -1,
                                               267.561767578125F, 101.7235336303711F}));
}

// A convolution of single pixels is the same product, asymmetric where there is a scale a channel.
TEST(ConvolutionFormsTest, PixelsAreQuantisedForWeightsThatStayBytes) {
  for (const std::vector<float>& scales : {std::vector{.25F}, {.25F, .5F}}) {
    ModelBuilder b;
    const int x = b.Input("x", Type::kFloat32, {3, 1, 1, 3});
    const int w = b.Constant("w", {2, 1, 1, 3}, std::vector<int8_t>{1, -20, 127, -3, 44, 5},
                             {scales, std::vector<int64_t>(scales.size()), 0});
    const int bias = b.Constant("b", {2}, std::vector<float>{.5F, -1});
    b.Output(b.Op("CONV_2D", {x, w, bias}, {.name = "y", .shape = {3, 1, 1, 2}}, ConvOptions()));
    const auto y =
        OneNode(b).Run({Of<float>({3, 1, 1, 3}, {.3F, -1.7F, 2.2F, 0, 0, 0, 5, 4, 9}).view()});
    ASSERT_TRUE(y) << y.error().message;
    EXPECT_THAT(Values<float>((*y)[0]), Near(Hybrid(scales.size() > 1, scales)));
  }
}

// Long enough for every vector length and its tail, and for several blocks of units.
TEST(ConvolutionFormsTest, HybridProductsOfAnyLength) {
  for (const int columns : {1, 15, 16, 33, 200}) {
    for (const int units : {1, 16, 37}) {
      std::vector<int8_t> weights(static_cast<size_t>(columns * units));
      for (size_t i = 0; i < weights.size(); ++i)
        weights[i] = static_cast<int8_t>(i * 37 % 255 - 127);
      // Multiples of the step, so that quantising changes nothing.
      std::vector<float> row(static_cast<size_t>(columns));
      for (size_t i = 0; i < row.size(); ++i)
        row[i] = static_cast<float>(static_cast<int>(i * 29 % 255) - 127);
      row[0] = 127;
      ModelBuilder b;
      const int x = b.Input("x", Type::kFloat32, {1, columns});
      const int w = b.Constant("w", {units, columns}, weights, {{1.F}, {0}});
      b.Output(b.Op("FULLY_CONNECTED", {x, w}, {.name = "y", .shape = {1, units}}, Options{}));
      const auto y = OneNode(b).Run({Of<float>({1, columns}, row).view()});
      ASSERT_TRUE(y) << y.error().message;
      for (int unit = 0; unit < units; ++unit) {
        double sum = 0;
        for (int i = 0; i < columns; ++i) {
          sum += static_cast<double>(row[static_cast<size_t>(i)]) *
                 weights[static_cast<size_t>(unit * columns + i)];
        }
        EXPECT_EQ((*y)[0].as<float>()[static_cast<size_t>(unit)], sum) << columns << " " << unit;
      }
    }
  }
}

struct Blocks {
  Type type = Type::kInt4;
  int32_t size = 2;
  std::vector<float> scales = {1, 2, 0.5F, -1};
  std::vector<int32_t> zeros;
};

OneNode Blockwise(const Blocks& c, Type activations = Type::kFloat32) {
  ModelBuilder b;
  const int x = b.Input("x", activations, {1, 4}, {{1.F}, {0}});
  const std::vector<int8_t> weights = {1, -2, 3, 4, -8, 7, 0, 5};
  model::TensorDef w{.name = "w", .type = c.type, .shape = {2, 4}};
  w.data = c.type == Type::kInt4 ? BytesOfInt4(weights) : BytesOf(weights);
  model::Blockwise blockwise{.block_size = c.size};
  const auto count = static_cast<int64_t>(c.scales.size());
  blockwise.scales = b.Constant("scales", {count}, c.scales);
  if (!c.zeros.empty()) blockwise.zero_points = b.Constant("zeros", {count}, c.zeros);
  w.blockwise = blockwise;
  const int filter = b.Add(w);
  b.Output(b.Op("FULLY_CONNECTED", {x, filter, kAbsent},
                {.name = "y", .type = activations, .shape = {1, 2}, .quantization = {{1.F}, {0}}},
                Options{}));
  return OneNode(b);
}

TEST(ConvolutionFormsTest, FiltersMayHaveAScaleForEachBlock) {
  const Tensor x = Of<float>({1, 4}, {1, 10, 100, 1000});
  for (const Type type : {Type::kInt4, Type::kInt8}) {
    const auto y = Blockwise({.type = type}).Run({x.view()});
    ASSERT_TRUE(y) << y.error().message;
    EXPECT_THAT(Values<float>((*y)[0]), ElementsAre(-19 + 8600, 31 - 5000));
    const auto shifted = Blockwise({.type = type, .zeros = {0, 1, 0, -1}}).Run({x.view()});
    ASSERT_TRUE(shifted) << shifted.error().message;
    EXPECT_THAT(Values<float>((*shifted)[0]), ElementsAre(-19 + 6400, 31 - 6100));
  }
}

// Large blocks stay integers; with 255 as the largest input the rows' step is 1.
TEST(ConvolutionFormsTest, RowsAreQuantisedForLargeBlocks) {
  constexpr int kColumns = 64;
  std::vector<float> row(kColumns);
  std::vector<int8_t> weights(2 * kColumns);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<int8_t>(i * 7 % 16 - 8);
  for (size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(i * 4);
  row.back() = 255;
  const std::vector<float> scales = {1, 2, 0.5F, -1};
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, kColumns});
  model::TensorDef w{.name = "w", .type = Type::kInt4, .shape = {2, kColumns}};
  w.data = BytesOfInt4(weights);
  w.blockwise = model::Blockwise{.scales = b.Constant("scales", {4}, scales), .block_size = 32};
  const int filter = b.Add(w);
  const int bias = b.Constant("b", {2}, std::vector<float>{3, -4});
  b.Output(b.Op("FULLY_CONNECTED", {x, filter, bias}, {.name = "y", .shape = {1, 2}}, Options{}));
  const auto y = OneNode(b).Run({Of<float>({1, kColumns}, row).view()});
  ASSERT_TRUE(y) << y.error().message;
  std::vector<float> want = {3, -4};
  for (size_t i = 0; i < weights.size(); ++i) {
    want[i / kColumns] += scales[i / 32] * static_cast<float>(weights[i]) * row[i % kColumns];
  }
  EXPECT_THAT(Values<float>((*y)[0]), testing::Pointwise(FloatNear(1e-2F), want));
}

TEST(ConvolutionFormsTest, BlocksThatDoNotFitAreRefused) {
  EXPECT_THAT(Blockwise({.size = 3}).Error(), HasSubstr("blocks of 3 do not divide the last axis"));
  EXPECT_THAT(Blockwise({.size = 0}).Error(), HasSubstr("blocks of 0 do not divide"));
  EXPECT_THAT(Blockwise({.scales = {1, 2, 3}}).Error(),
              HasSubstr("scales of 12 bytes, wanted 4 constants of FLOAT32"));
  EXPECT_THAT(Blockwise({.scales = {1, 2, 3, INFINITY}}).Error(), HasSubstr("no finite number"));
  EXPECT_THAT(Blockwise({}, Type::kInt8).Error(), HasSubstr("no scale"));
}

TEST(ConvolutionFormsTest, ByteFiltersMayBeKnownOnlyAtRunTime) {
  ModelBuilder b;
  const Quantization q{{1.F}, {0}};
  const int x = b.Input("x", Type::kInt8, {1, 2}, q);
  const int w = b.Input("w", Type::kInt8, {1, 2}, q);
  b.Output(b.Op("FULLY_CONNECTED", {x, w, kAbsent},
                {.name = "y", .type = Type::kInt8, .shape = {1, 1}, .quantization = q}, Options{}));
  const auto y =
      OneNode(b).Run({Of<int8_t>({1, 2}, {3, 4}).view(), Of<int8_t>({1, 2}, {5, 6}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<int8_t>((*y)[0]), ElementsAreArray({39}));
}

struct Transposed {
  Type type = Type::kFloat32;
  std::vector<int32_t> output = {1, 1, 4, 1};
  int stride = 2;
  int8_t padding = kSame;
};

OneNode TransposeConv(const Transposed& c) {
  ModelBuilder b;
  const bool floats = c.type == Type::kFloat32;
  const Quantization q = floats ? Quantization{} : Quantization{{1.F}, {0}};
  const int shape = b.Constant("shape", {static_cast<int64_t>(c.output.size())}, c.output);
  const int w = floats ? b.Constant("w", {1, 1, 3, 1}, std::vector<float>{1, 10, 100})
                       : b.Constant("w", {1, 1, 3, 1}, std::vector<int8_t>{1, 2, 3}, q);
  const int x = b.Input("x", c.type, {1, 1, 2, 1}, q);
  const int bias = floats ? b.Constant("b", {1}, std::vector<float>{0.5F}) : kAbsent;
  b.Output(b.Op("TRANSPOSE_CONV", {shape, w, x, bias},
                {.name = "y", .type = c.type, .shape = {1, 1, 4, 1}, .quantization = q},
                Options{{0, c.padding}, {1, c.stride}, {2, c.stride}}));
  return OneNode(b);
}

TEST(TransposeConvTest, SpreadsEachInputOverItsFilter) {
  const auto y = TransposeConv({}).Run({Of<float>({1, 1, 2, 1}, {1, 2}).view()});
  ASSERT_TRUE(y) << y.error().message;
  // 1 10 100 at 0, 2 20 200 at 2; the fifth is cut off.
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({1.5F, 10.5F, 102.5F, 20.5F}));
}

TEST(TransposeConvTest, QuantisedTypesAreExact) {
  const auto bytes =
      TransposeConv({.type = Type::kInt8}).Run({Of<int8_t>({1, 1, 2, 1}, {1, 2}).view()});
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_THAT(Values<int8_t>((*bytes)[0]), ElementsAreArray({1, 2, 5, 4}));
  const auto shorts =
      TransposeConv({.type = Type::kInt16}).Run({Of<int16_t>({1, 1, 2, 1}, {100, 200}).view()});
  ASSERT_TRUE(shorts) << shorts.error().message;
  EXPECT_THAT(Values<int16_t>((*shorts)[0]), ElementsAreArray({100, 200, 500, 400}));
}

TEST(TransposeConvTest, TheFilterMayBeKnownOnlyAtRunTime) {
  for (const Type type : {Type::kFloat32, Type::kInt8}) {
    ModelBuilder b;
    const bool floats = type == Type::kFloat32;
    const Quantization q = floats ? Quantization{} : Quantization{{1.F}, {0}};
    const int shape = b.Constant("shape", {4}, std::vector<int32_t>{1, 1, 4, 1});
    const int w = b.Input("w", type, {1, 1, 3, 1}, q);
    const int x = b.Input("x", type, {1, 1, 2, 1}, q);
    b.Output(b.Op("TRANSPOSE_CONV", {shape, w, x, kAbsent},
                  {.name = "y", .type = type, .shape = {1, 1, 4, 1}, .quantization = q},
                  Options{{0, kSame}, {1, 2}, {2, 2}}));
    const OneNode node(b);
    const Tensor filter =
        floats ? Of<float>({1, 1, 3, 1}, {1, 10, 100}) : Of<int8_t>({1, 1, 3, 1}, {1, 2, 3});
    const Tensor input =
        floats ? Of<float>({1, 1, 2, 1}, {1, 2}) : Of<int8_t>({1, 1, 2, 1}, {1, 2});
    const auto y = node.Run({filter.view(), input.view()});
    ASSERT_TRUE(y) << y.error().message;
    if (floats) {
      EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({1, 10, 102, 20}));
    } else {
      EXPECT_THAT(Values<int8_t>((*y)[0]), ElementsAreArray({1, 2, 5, 4}));
    }
  }
}

TEST(TransposeConvTest, SaysWhatIsWrong) {
  EXPECT_THAT(TransposeConv({.output = {1, 1, 4}}).Error(), HasSubstr("does not fit"));
  EXPECT_THAT(TransposeConv({.output = {1, 1, 4, 2}}).Error(), HasSubstr("does not fit"));
  EXPECT_THAT(TransposeConv({.output = {1, 0, 4, 1}}).Error(), HasSubstr("output height 0"));
  EXPECT_THAT(TransposeConv({.stride = 0}).Error(), HasSubstr("stride 0"));
  EXPECT_THAT(TransposeConv({.stride = 1 << 30}).Error(), HasSubstr("stride 1073741824"));
  EXPECT_THAT(TransposeConv({.padding = 7}).Error(), HasSubstr("padding 7"));
}

OneNode MediaPipeTransposed(const std::vector<int32_t>& options) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 1, 2, 1});
  const int w = b.Constant("w", {1, 1, 2, 1}, std::vector<float>{1, 10});
  const int bias = b.Constant("b", {1}, std::vector<float>{0.5F});
  const int y = b.Tensor("y", Type::kFloat32, {1, 1, 4, 1});
  b.Node("Convolution2DTransposeBias", {x, w, bias}, {y}).custom_options =
      BytesOf(std::span<const int32_t>(options));
  b.Output(y);
  return OneNode(b);
}

TEST(TransposeConvTest, MediaPipesFormHasRawOptions) {
  const auto y = MediaPipeTransposed({1, 2, 1}).Run({Of<float>({1, 1, 2, 1}, {1, 2}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({1.5F, 10.5F, 2.5F, 20.5F}));
  EXPECT_THAT(MediaPipeTransposed({1}).Error(), HasSubstr("options of 4 bytes"));
  EXPECT_THAT(MediaPipeTransposed({0, 2, 1}).Error(), HasSubstr("padding 0"));
  EXPECT_THAT(MediaPipeTransposed({1, INT32_MAX, 1}).Error(), HasSubstr("stride 2147483647"));
}

struct Matrices {
  Shape x = {2, 1, 2};
  Shape y = {2, 2, 1};
  bool x_transposed = false;
  bool y_transposed = false;
};

OneNode Matmul(const Matrices& m, bool constant = false) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, m.x);
  const int y = constant ? b.Constant("y", m.y, std::vector<float>{1, 2, 3, 4})
                         : b.Input("y", Type::kFloat32, m.y);
  b.Output(b.Op("BATCH_MATMUL", {x, y}, {.name = "z", .shape = {1}},
                Options{{0, m.x_transposed}, {1, m.y_transposed}}));
  return OneNode(b);
}

TEST(BatchMatmulTest, MultipliesEachBatch) {
  const auto x = Of<float>({2, 1, 2}, {1, 10, 100, 1000});
  const auto y = Of<float>({2, 2, 1}, {1, 2, 3, 4});
  for (const bool constant : {false, true}) {
    const auto z =
        constant ? Matmul({}, true).Run({x.view()}) : Matmul({}).Run({x.view(), y.view()});
    ASSERT_TRUE(z) << z.error().message;
    EXPECT_EQ((*z)[0].shape(), Shape({2, 1, 1}));
    EXPECT_THAT(Values<float>((*z)[0]), ElementsAreArray({21, 4300}));
  }
}

TEST(BatchMatmulTest, InputsMayBeTransposedAndStretch) {
  const auto x = Of<float>({2, 2}, {1, 2, 3, 4});
  const auto y = Of<float>({2, 1, 2}, {1, 10, 100, 1000});
  const auto z = Matmul({{2, 2}, {2, 1, 2}, true, true}).Run({x.view(), y.view()});
  ASSERT_TRUE(z) << z.error().message;
  EXPECT_EQ((*z)[0].shape(), Shape({2, 2, 1}));
  EXPECT_THAT(Values<float>((*z)[0]), ElementsAreArray({31, 42, 3100, 4200}));
}

TEST(BatchMatmulTest, MatricesThatDoNotFitAreRefused) {
  EXPECT_THAT(Matmul({{2, 1, 2}, {2, 3, 1}}).Error(), HasSubstr("a product of [2, 1, 2]"));
  EXPECT_THAT(Matmul({{2, 1, 2}, {3, 2, 1}}).Error(), HasSubstr("[2]"));
}

TEST(BatchMatmulTest, BytesHaveZeroPointsOnBothSides) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kInt8, {1, 2}, {{1.F}, {1}});
  const int y = b.Input("y", Type::kInt8, {2, 1}, {{1.F}, {-2}});
  b.Output(b.Op("BATCH_MATMUL", {x, y},
                {.name = "z", .type = Type::kInt8, .shape = {1, 1}, .quantization = {{1.F}, {3}}},
                Options{}));
  const auto z =
      OneNode(b).Run({Of<int8_t>({1, 2}, {3, 4}).view(), Of<int8_t>({2, 1}, {5, 6}).view()});
  ASSERT_TRUE(z) << z.error().message;
  EXPECT_THAT(Values<int8_t>((*z)[0]), ElementsAre(2 * 7 + 3 * 8 + 3));
}

}  // namespace
}  // namespace brink::ops
