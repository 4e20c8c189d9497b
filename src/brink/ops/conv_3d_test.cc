// CONV_3D and CONV_3D_TRANSPOSE; what is expected is what LiteRT 2.3.0 computes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "brink/ops/op_call_testing.h"

namespace brink::ops {
namespace {

using model::Options;
using testing::ElementsAreArray;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

constexpr int8_t kSame3d = 0;
constexpr int8_t kValid3d = 1;
constexpr int8_t kRelu = 1;

struct Strides {
  int32_t depth = 1;
  int32_t height = 1;
  int32_t width = 1;
};

Options Conv3d(int8_t padding, const Strides& s, int8_t activation = 0) {
  return {{0, padding}, {1, s.depth}, {2, s.width}, {3, s.height}, {4, activation}};
}

const std::vector<float> kInput = {2,  -3, -2, -2, -2, 2, 3,  1,  -3, -3, -1, 0,
                                   1,  0,  -2, -2, 1,  2, -3, -3, 0,  -1, 3,  0,
                                   -1, 0,  1,  1,  -2, 2, 2,  3,  2,  -2, -1, 1};
const std::vector<float> kFilter = {1,  1, 2, -1, 2,  -2, -2, 2, 2, -1, -2, -1,
                                    -2, 2, 1, 0,  -1, 0,  -2, 1, 0, -2, -1, 1};

OpCall Convolve(const Options& options, const Shape& filter = {2, 2, 1, 2, 3}) {
  OpCall call("CONV_3D", options);
  call.In<float>({1, 2, 3, 3, 2}, kInput).In<float>(filter, kFilter);
  call.In<float>({3}, {1, -1, 2}).Out(Type::kFloat32);
  return call;
}

TEST(Conv3dTest, SlidesOverDepthHeightAndWidth) {
  OpCall call = Convolve(Conv3d(kSame3d, {.height = 2}));
  const std::vector<float> wanted = {7,  -5, 14, 6, -6, 0,  -7, 1,   -3, -2, 1,  6,
                                     -3, -1, 4,  2, 1,  -1, 3,  -12, 0,  -1, -3, 5,
                                     6,  -6, 2,  0, 7,  0,  5,  -3,  10, -1, 0,  -2};
  EXPECT_EQ(call.Floats(), wanted);
  EXPECT_EQ(call.shape(), Shape({1, 2, 2, 3, 3}));
  std::vector<float> clamped = wanted;
  for (float& x : clamped) x = std::max(x, 0.0F);
  EXPECT_EQ(Convolve(Conv3d(kSame3d, {.height = 2}, kRelu)).Floats(), clamped);
}

// What weights give that a run brings, and constants, which other kernels convolve.
void ExpectConstantsGiveTheSame(const Shape& input, const Shape& filter, const Options& options) {
  std::vector<std::vector<float>> results;
  for (const bool constant : {false, true}) {
    OpCall call("CONV_3D", options);
    std::mt19937 random(5);
    const auto floats = [&](int64_t count) {
      std::vector<float> values(static_cast<size_t>(count));
      for (float& value : values) value = std::uniform_real_distribution<float>(-1, 1)(random);
      return values;
    };
    call.In<float>(input, floats(input.elements()));
    const auto weights = floats(filter.elements());
    const auto bias = floats(filter[4]);
    if (constant) {
      call.Constant<float>(filter, weights).Constant<float>({filter[4]}, bias);
    } else {
      call.In<float>(filter, weights).In<float>({filter[4]}, bias);
    }
    results.push_back(call.Out(Type::kFloat32).Floats());
  }
  EXPECT_THAT(results[1], Pointwise(FloatNear(2e-4F), results[0]))
      << input.ToString() << " * " << filter.ToString();
}

TEST(Conv3dTest, ConstantWeightsGiveWhatWeightsOfARunGive) {
  for (const int8_t padding : {kSame3d, kValid3d}) {
    for (const Strides& strides : {Strides{}, Strides{2, 1, 2}, Strides{1, 2, 1}}) {
      const Options options = Conv3d(padding, strides, kRelu);
      ExpectConstantsGiveTheSame({2, 5, 9, 7, 3}, {3, 3, 2, 3, 20}, options);
      ExpectConstantsGiveTheSame({1, 2, 9, 9, 8}, {1, 3, 3, 8, 5}, options);
      ExpectConstantsGiveTheSame({1, 4, 12, 13, 16}, {2, 3, 3, 16, 33}, options);
    }
    Options dilated = Conv3d(padding, {});
    dilated.insert(dilated.end(), {{5, 2}, {6, 1}, {7, 2}});
    ExpectConstantsGiveTheSame({1, 6, 8, 8, 4}, {3, 2, 2, 4, 6}, dilated);
  }
}

TEST(Conv3dTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT(Convolve(Conv3d(kSame3d, {.height = 0})).Error(), HasSubstr("stride or dilation 0"));
  EXPECT_THAT(Convolve(Conv3d(kSame3d, {}), {2, 2, 2, 1, 3}).Error(),
              HasSubstr("does not fit an input of shape [1, 2, 3, 3, 2]"));
  EXPECT_THAT(Convolve(Conv3d(kValid3d, {}), {4, 1, 1, 2, 3}).Error(),
              HasSubstr("a filter of 4 does not fit an axis of 2"));
  EXPECT_THAT(Convolve(Conv3d(2, {})).Error(), HasSubstr("padding 2"));
}

OpCall Transpose(const Options& options, const std::vector<int32_t>& shape) {
  OpCall call("CONV_3D_TRANSPOSE", options);
  call.Constant<int32_t>({static_cast<int64_t>(shape.size())}, shape);
  call.In<float>({2, 2, 2, 1, 2}, {2, -1, 1, 1, -1, -1, 0, 1, -1, 1, 1, -1, -1, 2, 2, 1});
  call.In<float>({1, 1, 2, 2, 2}, {0, -1, -2, -3, 1, 1, 0, 3}).Absent().Out(Type::kFloat32);
  return call;
}

TEST(Conv3dTest, TransposedByConstantsGivesWhatWeightsOfARunGive) {
  // What a convolution of the output would read: [depth, height, width] of its windows.
  struct Case {
    Shape output;
    Shape filter;
    Shape input;
    Strides strides;
    int8_t padding;
  };
  for (const Case& c :
       {Case{{2, 6, 8, 10, 5}, {2, 2, 2, 5, 7}, {2, 3, 4, 5, 7}, {2, 2, 2}, kSame3d},
        Case{{1, 5, 7, 7, 20}, {3, 3, 3, 20, 8}, {1, 3, 4, 4, 8}, {2, 2, 2}, kSame3d},
        Case{{1, 5, 6, 9, 4}, {2, 3, 3, 4, 3}, {1, 4, 4, 4, 3}, {1, 1, 2}, kValid3d}}) {
    std::vector<std::vector<float>> results;
    for (const bool constant : {false, true}) {
      std::mt19937 random(6);
      const auto floats = [&](const Shape& shape) {
        std::vector<float> values(static_cast<size_t>(shape.elements()));
        for (float& value : values) value = std::uniform_real_distribution<float>(-1, 1)(random);
        return values;
      };
      OpCall call("CONV_3D_TRANSPOSE", Conv3d(c.padding, c.strides, kRelu));
      const auto dims = c.output.dims();
      call.Constant<int32_t>({5}, std::vector<int32_t>(dims.begin(), dims.end()));
      const auto filter = floats(c.filter);
      constant ? call.Constant<float>(c.filter, filter) : call.In<float>(c.filter, filter);
      call.In<float>(c.input, floats(c.input)).In<float>({c.output[4]}, floats({c.output[4]}));
      results.push_back(call.Out(Type::kFloat32).Floats());
    }
    EXPECT_THAT(results[1], Pointwise(FloatNear(1e-4F), results[0])) << c.output.ToString();
  }
}

TEST(Conv3dTest, TransposedAddsWhereTheConvolutionReads) {
  const Options same = Conv3d(kSame3d, {2, 2, 2});
  EXPECT_THAT(Transpose(same, {1, 2, 3, 4, 1}).Floats(),
              ElementsAreArray({1,  -1, -1, -5, 1,  -1, 5,  -3, 1, 2, -3, 3,
                                -1, 1,  -1, 1,  -2, -1, -4, -7, 0, 0, 3,  -3}));
  EXPECT_THAT(Transpose(Conv3d(kValid3d, {1, 2, 2}), {1, 2, 4, 4, 1}).Floats(),
              ElementsAreArray({1,  -1, -1, -5, 1,  -1, 5,  -3, 1, 2, -3, 3,  -2, 1, -3, 3,
                                -1, 1,  -1, 1,  -2, -1, -4, -7, 0, 0, 3,  -3, 1,  3, 6,  3}));
  EXPECT_THAT(Transpose(same, {1, 2, 7, 4, 1}).Error(),
              HasSubstr("an output extent of 7 is not made of 2 windows of 2"));
  EXPECT_THAT(Transpose(same, {1, 2, 3, 4}).Error(), HasSubstr("input 0: an output shape"));
  EXPECT_THAT(Transpose(same, {1, -2, 3, 4, 1}).Error(), HasSubstr("an output extent of -2"));
}

}  // namespace
}  // namespace brink::ops
