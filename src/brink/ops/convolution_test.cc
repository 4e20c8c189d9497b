#include "brink/ops/convolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "brink/ops/one_node_testing.h"

namespace brink::ops {
namespace {

using model::kAbsent;
using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

constexpr int8_t kValidPadding = 1;

Options ConvOptions(int stride, int8_t activation = 0) {
  return {{0, kValidPadding}, {1, stride}, {2, stride}, {3, activation}, {4, 1}, {5, 1}};
}

struct ConvCase {
  Type type = Type::kFloat32;
  std::vector<float> filter = {1, -1};  // [2, 1, 1, 1]
  std::optional<std::vector<float>> bias = std::vector<float>{10, 20};
  Options options = ConvOptions(1);
};

OneNode FloatConv(const ConvCase& c) {
  ModelBuilder b;
  const int x = b.Input("x", c.type, {1, 1, 2, 1});
  const int w = b.Constant("w", {2, 1, 1, 1}, c.filter);
  const int bias =
      c.bias ? b.Constant("b", {static_cast<int64_t>(c.bias->size())}, *c.bias) : kAbsent;
  const int y = b.Op("CONV_2D", {x, w, bias}, {.name = "y", .shape = {1, 1, 2, 2}}, c.options);
  b.Output(y);
  return OneNode(b);
}

TEST(ConvolutionTest, ConvolvesFloats) {
  const auto y = FloatConv({}).Run({Of<float>({1, 1, 2, 1}, {3, 4}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({13, 17, 14, 16}));
}

TEST(ConvolutionTest, ABiasMayBeLeftOut) {
  const auto y = FloatConv({.bias = std::nullopt}).Run({Of<float>({1, 1, 2, 1}, {3, 4}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({3, -3, 4, -4}));
}

TEST(ConvolutionTest, AFusedNodeClamps) {
  OneNode node = FloatConv({.bias = std::nullopt});
  node.view().following = kernels::Activation::kRelu;
  const auto y = node.Run({Of<float>({1, 1, 2, 1}, {3, 4}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({3, 0, 4, 0}));
}

TEST(ConvolutionTest, SaysWhatIsWrong) {
  EXPECT_EQ(FloatConv({.type = Type::kInt32}).Error(),
            "operator 0 (CONV_2D 'y'): input 0: type INT32, CONV_2D supports FLOAT32, INT8, UINT8, "
            "INT16");
  EXPECT_THAT(FloatConv({.bias = std::vector<float>{1, 2, 3}}).Error(),
              HasSubstr("input 2: a bias of 3 values for 2 output channels"));
  EXPECT_THAT(FloatConv({.options = ConvOptions(0)}).Error(), HasSubstr("stride 0, wanted 1"));
  EXPECT_THAT(FloatConv({.options = ConvOptions(1, 4)}).Error(), HasSubstr("fused activation 4"));
  EXPECT_THAT(FloatConv({.options = ConvOptions(1, -1)}).Error(), HasSubstr("fused activation -1"));
}

TEST(ConvolutionTest, AnExtentNearTheEndOfIntIsRefused) {
  Options options = ConvOptions(1);
  options[4] = {4, 0x7FFFFFFF};
  EXPECT_THAT(FloatConv({.options = options}).Error(),
              HasSubstr("dilation 2147483647, wanted 1 to"));
}

TEST(ConvolutionTest, AWindowThatDoesNotFitIsRefused) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 1, 2, 1});
  const int w = b.Constant("w", {1, 1, 3, 1}, std::vector<float>{1, 2, 3});
  b.Output(b.Op("CONV_2D", {x, w}, {.name = "y", .shape = {1, 1, 1, 1}}, ConvOptions(1)));
  EXPECT_EQ(
      OneNode(b).Error(),
      "operator 0 (CONV_2D 'y'): width: a window of 3 with dilation 1 does not fit an input of 2");
}

TEST(ConvolutionTest, FilterOfOtherChannelsIsRefused) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 1, 2, 3});
  const int w = b.Constant("w", {1, 1, 1, 2}, std::vector<float>{1, 2});
  b.Output(b.Op("CONV_2D", {x, w}, {.name = "y", .shape = {1, 1, 2, 1}}, ConvOptions(1)));
  EXPECT_THAT(OneNode(b).Error(), HasSubstr("a filter of shape [1, 1, 1, 2] does not fit"));
}

TEST(ConvolutionTest, GroupsFollowFromTheFilter) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 1, 1, 4});
  const int w = b.Constant("w", {2, 1, 1, 2}, std::vector<float>{1, 10, 100, 1000});
  b.Output(b.Op("CONV_2D", {x, w}, {.name = "y", .shape = {1, 1, 1, 2}}, ConvOptions(1)));
  const auto y = OneNode(b).Run({Of<float>({1, 1, 1, 4}, {1, 2, 3, 4}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({21, 4300}));
}

TEST(ConvolutionTest, WeightsMayBeKnownOnlyAtRunTime) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2, 2});
  const int w = b.Input("w", Type::kFloat32, {1, 2});
  b.Output(b.Op("FULLY_CONNECTED", {x, w, kAbsent}, {.name = "y", .shape = {2, 1}}, Options{}));
  const auto y =
      OneNode(b).Run({Of<float>({2, 2}, {1, 2, 3, 4}).view(), Of<float>({1, 2}, {10, 1}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({12, 34}));
}

// But where an image is a single pixel: see ConvolutionFormsTest.
TEST(ConvolutionTest, EightBitFiltersOfFloatsAreWidened) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 1, 2, 2});
  const int w =
      b.Constant("w", {2, 1, 1, 2}, std::vector<int8_t>{1, 2, 3, 4}, {{0.5F, 2.F}, {0, 0}, 0});
  b.Output(b.Op("CONV_2D", {x, w}, {.name = "y", .shape = {1, 1, 2, 2}}, ConvOptions(1)));
  const auto y = OneNode(b).Run({Of<float>({1, 1, 2, 2}, {10, 100, 20, 0}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({105, 860, 10, 120}));
}

struct QuantizedCase {
  Quantization input = {{0.5F}, {-1}};
  Quantization filter = {{1.F, 2.F}, {0, 0}, 0};
  Quantization output = {{1.F}, {3}};
};

OneNode QuantizedConv(const QuantizedCase& c) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kInt8, {1, 1, 1, 2}, c.input);
  const int w = b.Constant("w", {2, 1, 1, 2}, std::vector<int8_t>{1, 2, 3, 4}, c.filter);
  const int bias = b.Constant("b", {2}, std::vector<int32_t>{2, -4});
  b.Output(b.Op("CONV_2D", {x, w, bias},
                {.name = "y", .type = Type::kInt8, .shape = {1, 1, 1, 2}, .quantization = c.output},
                ConvOptions(1)));
  return OneNode(b);
}

TEST(ConvolutionTest, ConvolvesBytesWithAScaleForEachChannel) {
  const auto y = QuantizedConv({}).Run({Of<int8_t>({1, 1, 1, 2}, {3, 5}).view()});
  ASSERT_TRUE(y) << y.error().message;
  // Stored 3 and 5 are 4 and 6 steps: 4 + 12 + 2 = 18 steps of .5; 12 + 24 - 4 = 32 steps of 1.
  EXPECT_THAT(Values<int8_t>((*y)[0]), ElementsAre(9 + 3, 32 + 3));
}

TEST(ConvolutionTest, QuantisationThatDoesNotFitIsRefused) {
  EXPECT_THAT(QuantizedConv({.input = {}}).Error(),
              HasSubstr("input 0: INT8 with no scales, wanted one"));
  EXPECT_THAT(QuantizedConv({.filter = {{1.F, 2.F}, {0, 1}, 0}}).Error(),
              HasSubstr("a scale for each channel and zero point 1, wanted 0"));
  EXPECT_THAT(QuantizedConv({.filter = {{1.F, 2.F}, {0, 0}, 3}}).Error(),
              HasSubstr("input 1: 2 scales along axis 3, wanted 2 along axis 0"));
}

TEST(ConvolutionTest, FullyConnectedKeepsDimensionsWhenAsked) {
  for (const bool keep : {false, true}) {
    ModelBuilder b;
    const int x = b.Input("x", Type::kFloat32, {2, 3, 4});
    const int w = b.Constant("w", {5, 4}, std::vector<float>(20, 1));
    b.Output(b.Op("FULLY_CONNECTED", {x, w}, {.name = "y", .shape = {6, 5}}, Options{{2, keep}}));
    const auto prepared = OneNode(b).Prepare();
    ASSERT_TRUE(prepared) << prepared.error().message;
    EXPECT_EQ(prepared->shapes[0], keep ? Shape({2, 3, 5}) : Shape({6, 5}));
  }
}

// The same bytes as a row's, and taken so.
TEST(ConvolutionTest, AColumnOfPixelsIsConvolvedAlongIt) {
  for (const bool is_row : {false, true}) {
    ModelBuilder b;
    const Shape input = is_row ? Shape{1, 1, 5, 2} : Shape{1, 5, 1, 2};
    const Shape three = is_row ? Shape{1, 1, 3, 2} : Shape{1, 3, 1, 2};
    const int x = b.Input("x", Type::kFloat32, input);
    const int w = b.Constant("w", three, std::vector<float>{1, 1, 10, 10, 100, 100});
    b.Output(b.Op("DEPTHWISE_CONV_2D", {x, w}, {.name = "y", .shape = {1, 1, 3, 2}},
                  Options{{0, int8_t{0}}, {1, 2}, {2, 2}, {3, 1}, {5, 1}, {6, 1}}));
    const auto y = OneNode(b).Run({Of<float>(input, {1, 2, 3, 4, 5, 6, 7, 8, 9, 0}).view()});
    ASSERT_TRUE(y) << y.error().message;
    EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({310, 420, 753, 864, 97, 8}));
  }
}

TEST(ConvolutionTest, DepthwiseMultiplierFollowsFromTheShapes) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 1, 1, 2});
  const int w = b.Constant("w", {1, 1, 1, 4}, std::vector<float>{1, 2, 3, 4});
  b.Output(b.Op("DEPTHWISE_CONV_2D", {x, w}, {.name = "y", .shape = {1, 1, 1, 4}},
                Options{{0, kValidPadding}, {1, 1}, {2, 1}, {3, 2}, {5, 1}, {6, 1}}));
  const auto y = OneNode(b).Run({Of<float>({1, 1, 1, 2}, {10, 100}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({10, 20, 300, 400}));
}

// Depthwise 3x3 of one padding, `times` filters a channel, over 4x5 pixels of 3 channels.
struct Multiplied {
  int64_t times = 2;

  int64_t filters() const { return 3 * times; }
  // Small numbers that differ.
  template <class T>
  static std::vector<T> Numbers(int64_t count, int64_t step) {
    std::vector<T> numbers;
    for (int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<T>(i * step % 7 - 3));
    return numbers;
  }
  template <class T>
  std::vector<T> Wanted() const {
    const auto x = Numbers<int>(4 * 5 * 3, 5);
    const auto w = Numbers<int>(9 * filters(), 4);
    std::vector<T> sums;
    for (int64_t at = 0; at < 4 * 5 * filters(); ++at) {
      const int64_t filter = at % filters();
      int sum = 0;
      for (int64_t tap = 0; tap < 9; ++tap) {
        const int64_t row = at / filters() / 5 + tap / 3 - 1;
        const int64_t column = at / filters() % 5 + tap % 3 - 1;
        if (row < 0 || row >= 4 || column < 0 || column >= 5) continue;
        sum += x[static_cast<size_t>((row * 5 + column) * 3 + filter / times)] *
               w[static_cast<size_t>(tap * filters() + filter)];
      }
      sums.push_back(static_cast<T>(sum));
    }
    return sums;
  }
  template <class T>
  Result<std::vector<Tensor>> Run(const Quantization& filter, const Quantization& data) const {
    ModelBuilder b;
    const int x = b.Input("x", TypeOf<T>(), {1, 4, 5, 3}, data);
    const int w = b.Constant("w", {1, 3, 3, filters()}, Numbers<T>(9 * filters(), 4), filter);
    b.Output(b.Op("DEPTHWISE_CONV_2D", {x, w},
                  {.name = "y",
                   .type = TypeOf<T>(),
                   .shape = {1, 4, 5, static_cast<int32_t>(filters())},
                   .quantization = data},
                  Options{{0, int8_t{0}}, {1, 1}, {2, 1}, {3, 1}, {5, 1}, {6, 1}}));
    return OneNode(b).Run({Of<T>({1, 4, 5, 3}, Numbers<T>(4 * 5 * 3, 5)).view()});
  }
};

TEST(ConvolutionTest, SeveralFiltersOfAChannelAreTakenInTheirOrder) {
  for (const int64_t times : {2, 3, 5}) {
    const Multiplied multiplied{times};
    const auto floats = multiplied.Run<float>({}, {});
    ASSERT_TRUE(floats) << floats.error().message;
    EXPECT_EQ(Values<float>((*floats)[0]), multiplied.Wanted<float>());
    const auto bytes = multiplied.Run<int8_t>({{1.0F}, {0}}, {{1.0F}, {0}});
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_EQ(Values<int8_t>((*bytes)[0]), multiplied.Wanted<int8_t>());
  }
}

}  // namespace
}  // namespace brink::ops
