// Writes models of one operator each, at sizes that vision and language models have, in float32,
// int8 and, where there are filters, float32 with int8 filters:
// FOLDER/f32_conv_3x3_56_64_64.tflite. What `bench/compare.py --operators` runs.
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "one_operator.h"
#include "operator_writer.h"

namespace {

using bench::ByteScale;
using bench::Dims;
using bench::InputScale;
using bench::Kind;
using bench::OneOperator;
using bench::OperatorWriter;
using bench::UnitScale;
using brink::Type;
using brink::model::Options;

using bench::kNoActivation;
using bench::kSame;
constexpr auto kRelu = int8_t{1};
constexpr auto kRelu6 = int8_t{3};

struct Window {
  int32_t stride = 1;
  int32_t dilation = 1;
  int8_t activation = kNoActivation;
  int32_t groups = 1;
};

// All of one type.
class Writer : OperatorWriter {
 public:
  using OperatorWriter::good;
  using OperatorWriter::OperatorWriter;

  void Convolutions() {
    Conv("stem_224_32", {1, 224, 224, 3}, 32, {3, 3}, {.stride = 2, .activation = kRelu6});
    Conv("stem_224_16", {1, 224, 224, 3}, 16, {3, 3}, {.stride = 2});
    Conv("stem_160_16", {1, 160, 160, 3}, 16, {3, 3}, {.activation = kRelu});
    Conv("stem5_128_24", {1, 128, 128, 3}, 24, {5, 5}, {.stride = 2, .activation = kRelu});
    Conv("stem7_224_64", {1, 224, 224, 3}, 64, {7, 7}, {.stride = 2, .activation = kRelu});
    Conv("stem9_128_32", {1, 128, 128, 3}, 32, {9, 9});
    Conv("10x4_49_10_1_64", {1, 49, 10, 1}, 64, {10, 4}, {.stride = 2, .activation = kRelu});
    Pixels();
    Windows();
    Transposed("2x2_40_128_64", {1, 40, 40, 128}, 64, 2);
    Transposed("2x2_64_32_16", {1, 64, 64, 32}, 16, 2);
    Transposed("3x3_64_64_32", {1, 64, 64, 64}, 32, 3);
    Transposed("4x4_16_128_64", {1, 16, 16, 128}, 64, 4);
  }

  void Depthwises() {
    Depthwise("112_32", {1, 112, 112, 32}, 3);
    Depthwise("112_64_stride2", {1, 112, 112, 64}, 3, 2);
    Depthwise("112_96_stride2", {1, 112, 112, 96}, 3, 2);
    Depthwise("56_144", {1, 56, 56, 144}, 3);
    Depthwise("56_144_stride2", {1, 56, 56, 144}, 3, 2);
    Depthwise("28_192", {1, 28, 28, 192}, 3);
    Depthwise("14_512", {1, 14, 14, 512}, 3);
    Depthwise("14_576", {1, 14, 14, 576}, 3);
    Depthwise("14_576_stride2", {1, 14, 14, 576}, 3, 2);
    Depthwise("7_960", {1, 7, 7, 960}, 3);
    Depthwise("48_16_stride2", {1, 48, 48, 16}, 3, 2);
    Depthwise("25_5_64", {1, 25, 5, 64}, 3);
    Depthwise("33_256_dilated", {1, 33, 33, 256}, 3, 1, 2);
    Depthwise("5x5_56_144_stride2", {1, 56, 56, 144}, 5, 2);
    Depthwise("5x5_28_120", {1, 28, 28, 120}, 5);
    Depthwise("5x5_28_240", {1, 28, 28, 240}, 5);
    Depthwise("5x5_14_480", {1, 14, 14, 480}, 5);
    Depthwise("5x5_14_672_stride2", {1, 14, 14, 672}, 5, 2);
    Depthwise("5x5_7_1152", {1, 7, 7, 1152}, 5);
    Depthwise("7x7_14_384", {1, 14, 14, 384}, 7);
  }

  void Dense() {
    Dense("1_1280_1000", 1, 1280, 1000);
    Dense("1_64_12", 1, 64, 12);
    Dense("1_640_128", 1, 640, 128);
    Dense("4_1024_1024", 4, 1024, 1024);
    Dense("16_512_512", 16, 512, 512);
    Dense("64_256_1024", 64, 256, 1024);
    Dense("128_768_768", 128, 768, 768);
    Dense("196_64_192", 196, 64, 192);
  }

  // All that has no filter.
  void All() {
    Products();
    Elementwise();
    RarerElementwise();
    Reductions();
    RarerReductions();
    Movements();
    Slices();
    Blocks();
  }

 private:
  // Of single pixels.
  void Pixels() {
    Conv("1x1_112_32_16", {1, 112, 112, 32}, 16, {1, 1});
    Conv("1x1_112_32_64", {1, 112, 112, 32}, 64, {1, 1}, {.activation = kRelu6});
    Conv("1x1_112_16_96", {1, 112, 112, 16}, 96, {1, 1}, {.activation = kRelu6});
    Conv("1x1_56_24_144", {1, 56, 56, 24}, 144, {1, 1}, {.activation = kRelu6});
    Conv("1x1_56_144_24", {1, 56, 56, 144}, 24, {1, 1});
    Conv("1x1_56_64_128_stride2", {1, 56, 56, 64}, 128, {1, 1}, {.stride = 2});
    Conv("1x1_56_128_128", {1, 56, 56, 128}, 128, {1, 1}, {.activation = kRelu6});
    Conv("1x1_28_192_32", {1, 28, 28, 192}, 32, {1, 1});
    Conv("1x1_28_40_240", {1, 28, 28, 40}, 240, {1, 1}, {.activation = kRelu6});
    Conv("1x1_14_512_512", {1, 14, 14, 512}, 512, {1, 1}, {.activation = kRelu6});
    Conv("1x1_14_96_576", {1, 14, 14, 96}, 576, {1, 1}, {.activation = kRelu6});
    Conv("1x1_14_576_96", {1, 14, 14, 576}, 96, {1, 1});
    Conv("1x1_14_480_112", {1, 14, 14, 480}, 112, {1, 1});
    Conv("1x1_7_1152_192", {1, 7, 7, 1152}, 192, {1, 1});
    Conv("1x1_7_320_1280", {1, 7, 7, 320}, 1280, {1, 1}, {.activation = kRelu6});
    Conv("1x1_1_960_240", {1, 1, 1, 960}, 240, {1, 1}, {.activation = kRelu});
    Conv("1x1_1_24_96", {1, 1, 1, 24}, 96, {1, 1});
    Conv("1x1_256_16_1", {1, 256, 256, 16}, 1, {1, 1});
    Conv("1x1_33_256_21", {1, 33, 33, 256}, 21, {1, 1});
    Conv("1x1_19_512_273", {1, 19, 19, 512}, 273, {1, 1});
  }

  // Of more.
  void Windows() {
    Conv("3x3_56_64_64", {1, 56, 56, 64}, 64, {3, 3}, {.activation = kRelu});
    Conv("3x3_56_64_128_stride2", {1, 56, 56, 64}, 128, {3, 3}, {.stride = 2, .activation = kRelu});
    Conv("3x3_28_128_128", {1, 28, 28, 128}, 128, {3, 3}, {.activation = kRelu});
    Conv("3x3_14_256_256", {1, 14, 14, 256}, 256, {3, 3}, {.activation = kRelu});
    Conv("3x3_7_512_512", {1, 7, 7, 512}, 512, {3, 3}, {.activation = kRelu});
    Conv("3x3_80_32_32", {1, 80, 80, 32}, 32, {3, 3});
    Conv("3x3_160_16_32_stride2", {1, 160, 160, 16}, 32, {3, 3}, {.stride = 2});
    Conv("3x3_32_16_16", {1, 32, 32, 16}, 16, {3, 3}, {.activation = kRelu});
    Conv("3x3_32_16_32_stride2", {1, 32, 32, 16}, 32, {3, 3}, {.stride = 2, .activation = kRelu});
    Conv("1x1_32_16_32_stride2", {1, 32, 32, 16}, 32, {1, 1}, {.stride = 2});
    Conv("1x1_16_32_64_stride2", {1, 16, 16, 32}, 64, {1, 1}, {.stride = 2});
    Conv("3x3_33_128_256_dilated", {1, 33, 33, 128}, 256, {3, 3}, {.dilation = 2});
    Conv("5x5_28_32_64", {1, 28, 28, 32}, 64, {5, 5});
    Conv("9x9_128_32_3", {1, 128, 128, 32}, 3, {9, 9});
    Conv("1x7_17_192_192", {1, 17, 17, 192}, 192, {1, 7});
    Conv("3x3_28_64_64_groups4", {1, 28, 28, 64}, 64, {3, 3}, {.groups = 4});
    Conv("1x1_28_96_96_groups3", {1, 28, 28, 96}, 96, {1, 1}, {.groups = 3});
    Conv("1x3_1600_40_64", {1, 1, 1600, 40}, 64, {1, 3});
  }

  void Products() {
    MatMul("queries_keys", {12, 128, 64}, {12, 128, 64}, {12, 128, 128}, true);
    MatMul("weights_values", {12, 128, 128}, {12, 128, 64}, {12, 128, 64}, false);
    MatMul("row", {1, 1, 512}, {1, 512, 512}, {1, 1, 512}, false);
  }

  void Elementwise() {
    const Dims pixels = {1, 56, 56, 64};
    const Dims words = {1, 128, 768};
    Pair("add", "ADD", pixels, pixels);
    Pair("add_bias", "ADD", words, {768});
    Pair("sub", "SUB", pixels, pixels);
    Pair("mul_channels", "MUL", pixels, {1, 1, 1, 64});
    Pair("mul_pixels", "MUL", pixels, {1, 56, 56, 1});
    Pair("maximum", "MAXIMUM", pixels, pixels);
    Map("relu6", "RELU6", pixels);
    Map("logistic", "LOGISTIC", pixels, std::nullopt, UnitScale());
    Map("tanh", "TANH", pixels, std::nullopt, ByteScale(1.0F / 128, 0));
    Map("hard_swish", "HARD_SWISH", pixels);
    Map("leaky_relu", "LEAKY_RELU", pixels, Options{{0, .1F}});
    Map("gelu", "GELU", words, Options{{0, false}});
    Map("gelu_approximate", "GELU", words, Options{{0, true}});
    Map("softmax_attention", "SOFTMAX", {12, 128, 128}, Options{{0, 1.0F}}, UnitScale());
    Map("softmax_classes", "SOFTMAX", {1, 1000}, Options{{0, 1.0F}}, UnitScale());
    if (kind() == Kind::kInt8) return;
    Pair("div", "DIV", pixels, pixels);
    Pair("squared_difference", "SQUARED_DIFFERENCE", words, {1, 128, 1});
    for (const char* op : {"ELU", "EXP", "SQRT", "LOG", "SIN", "NEG"}) Map(op, op, pixels);
  }

  void RarerElementwise() {
    const Dims pixels = {1, 56, 56, 64};
    const Dims words = {1, 128, 768};
    Pair("minimum", "MINIMUM", pixels, pixels);
    Pair("sub_means", "SUB", words, {1, 128, 1});
    Pair("mul_rows", "MUL", pixels, {1, 56, 1, 64});
    Pair("mul_columns", "MUL", pixels, {1, 1, 56, 1});
    Pair("add_mask", "ADD", {12, 128, 128}, {1, 1, 128});
    Pair("add_odd", "ADD", {1, 35, 35, 21}, {21});
    Map("elu", "ELU", pixels);
    Map("abs", "ABS", pixels);
    Map("log_softmax", "LOG_SOFTMAX", {1, 1000}, std::nullopt, ByteScale(16.0F / 256, 127));
    Map("softmax_pixels", "SOFTMAX", {1, 65, 65, 21}, Options{{0, 1.0F}}, UnitScale());
    Map("softmax_boxes", "SOFTMAX", {1, 1917, 3}, Options{{0, 1.0F}}, UnitScale());
    Map("l2_normalization", "L2_NORMALIZATION", words, Options{{0, kNoActivation}},
        ByteScale(1.0F / 128, 0));
    Prelu("prelu", pixels, {1, 1, 64});
    Select("select", words);
    Cast();
    if (kind() == Kind::kInt8) return;
    Map("rsqrt", "RSQRT", pixels);
    Pair("pow", "POW", pixels, pixels);
    Power("pow_2", words, 2);
    Power("pow_3", words, 3);
    Move("cumsum", "CUMSUM", words, {}, {1}, words, Options{{0, false}, {1, false}});
    Move("cumsum_last", "CUMSUM", words, {}, {2}, words, Options{{0, false}, {1, false}});
  }

  void Reductions() {
    Reduce("mean_pixels", "MEAN", {1, 56, 56, 64}, {1, 2}, {1, 1, 1, 64});
    Reduce("mean_last_pixels", "MEAN", {1, 7, 7, 1280}, {1, 2}, {1, 1, 1, 1280});
    Reduce("mean_words", "MEAN", {1, 128, 768}, {2}, {1, 128, 1});
    Reduce("sum_words", "SUM", {1, 128, 768}, {2}, {1, 128, 1});
    Pool("max_pool_3x3", "MAX_POOL_2D", {1, 112, 112, 64}, 3, 2, {1, 56, 56, 64});
    Pool("max_pool_2x2", "MAX_POOL_2D", {1, 56, 56, 64}, 2, 2, {1, 28, 28, 64});
    Pool("max_pool_2x2_16", "MAX_POOL_2D", {1, 224, 224, 16}, 2, 2, {1, 112, 112, 16});
    Pool("max_pool_5x5", "MAX_POOL_2D", {1, 20, 20, 256}, 5, 1, {1, 20, 20, 256});
    Pool("average_pool_3x3", "AVERAGE_POOL_2D", {1, 35, 35, 192}, 3, 1, {1, 35, 35, 192});
    OneOperator one(kind());
    const int x = one.Input({1, 65, 65, 21});
    const int axis = one.Integers("axis", {}, {3});
    one.Make("ARG_MAX", {x, axis}, {.name = "y", .type = Type::kInt32, .shape = {1, 65, 65}},
             Options{{0, int8_t{2}}});
    Write("arg_max", one);
  }

  void RarerReductions() {
    Reduce("max_pixels", "REDUCE_MAX", {1, 56, 56, 64}, {1, 2}, {1, 1, 1, 64}, InputScale());
    Reduce("max_words", "REDUCE_MAX", {1, 128, 768}, {2}, {1, 128, 1}, InputScale());
    Reduce("mean_channels", "MEAN", {1, 56, 56, 64}, {3}, {1, 56, 56, 1});
    Reduce("mean_pictures", "MEAN", {8, 28, 28, 40}, {1, 2}, {8, 1, 1, 40});
    Reduce("mean_few_channels", "MEAN", {1, 112, 112, 32}, {1, 2}, {1, 1, 1, 32});
    Reduce("mean_rows", "MEAN", {1, 128, 768}, {1}, {1, 1, 768});
    TopK("top_5_classes", {1, 1000}, 5);
    TopK("top_100_boxes", {1, 8400}, 100);
  }

  void Movements() {
    Move("resize_2x", "RESIZE_BILINEAR", {1, 40, 40, 64}, {2}, {80, 80}, {1, 80, 80, 64},
         Options{{2, false}, {3, true}});
    Move("resize_8x", "RESIZE_BILINEAR", {1, 33, 33, 21}, {2}, {257, 257}, {1, 257, 257, 21},
         Options{{2, true}, {3, false}});
    Move("nearest_2x", "RESIZE_NEAREST_NEIGHBOR", {1, 40, 40, 128}, {2}, {80, 80}, {1, 80, 80, 128},
         Options{{0, false}, {1, false}});
    Move("transpose_heads", "TRANSPOSE", {1, 128, 12, 64}, {4}, {0, 2, 1, 3}, {1, 12, 128, 64});
    Move("transpose_planes", "TRANSPOSE", {1, 56, 56, 64}, {4}, {0, 3, 1, 2}, {1, 64, 56, 56});
    Move("transpose_pixels", "TRANSPOSE", {1, 64, 56, 56}, {4}, {0, 2, 3, 1}, {1, 56, 56, 64});
    Move("transpose_keys", "TRANSPOSE", {1, 128, 12, 64}, {4}, {0, 2, 3, 1}, {1, 12, 64, 128});
    Move("transpose_windows", "TRANSPOSE", {8, 7, 8, 7, 96}, {5}, {0, 2, 1, 3, 4},
         {8, 8, 7, 7, 96});
    Move("transpose_shuffle", "TRANSPOSE", {1, 28, 28, 2, 58}, {5}, {0, 1, 2, 4, 3},
         {1, 28, 28, 58, 2});
    Move("transpose_colours", "TRANSPOSE", {1, 224, 224, 3}, {4}, {0, 3, 1, 2}, {1, 3, 224, 224});
    Move("reverse", "REVERSE_V2", {1, 56, 56, 64}, {1}, {2}, {1, 56, 56, 64});
    Move("broadcast_to", "BROADCAST_TO", {1, 1, 1, 256}, {4}, {1, 32, 32, 256}, {1, 32, 32, 256});
    Move("pad", "PAD", {1, 56, 56, 64}, {4, 2}, {0, 0, 1, 1, 1, 1, 0, 0}, {1, 58, 58, 64});
    Move("mirror_pad", "MIRROR_PAD", {1, 56, 56, 64}, {4, 2}, {0, 0, 1, 1, 1, 1, 0, 0},
         {1, 58, 58, 64}, Options{{0, int8_t{0}}});
    Move("pad_channels", "PAD", {1, 56, 56, 16}, {4, 2}, {0, 0, 0, 0, 0, 0, 0, 16},
         {1, 56, 56, 32});
    Move("resize_half", "RESIZE_BILINEAR", {1, 80, 80, 64}, {2}, {40, 40}, {1, 40, 40, 64},
         Options{{2, false}, {3, true}});
    Move("resize_picture", "RESIZE_BILINEAR", {1, 300, 400, 3}, {2}, {224, 224}, {1, 224, 224, 3},
         Options{{2, false}, {3, false}});
    Move("tile", "TILE", {1, 1, 1, 256}, {4}, {1, 32, 32, 1}, {1, 32, 32, 256});
    Join("concatenation", "CONCATENATION", 3, {1, 40, 40, 64}, {1, 40, 40, 128});
    Join("concatenation_rows", "CONCATENATION", 1, {1, 40, 40, 64}, {1, 80, 40, 64});
    Join("concatenation_columns", "CONCATENATION", 2, {1, 40, 40, 64}, {1, 40, 80, 64});
    Join("concatenation_few", "CONCATENATION", 3, {1, 56, 56, 12}, {1, 56, 56, 24});
    Join("pack", "PACK", 1, {1, 128, 768}, {1, 2, 128, 768});
    Split("split", {1, 28, 28, 128}, 3, 2);
    Split("split_few", {1, 56, 56, 24}, 3, 2);
    Split("split_columns", {1, 28, 28, 128}, 2, 2);
  }

  void Slices() {
    Slice("slice_channels", {1, 56, 56, 64}, {0, 0, 0, 16}, {1, 56, 56, 32});
    Slice("slice_middle", {1, 56, 56, 64}, {0, 4, 4, 0}, {1, 48, 48, 64});
    Strided("strided_middle", {1, 56, 56, 64}, {0, 4, 4, 0}, {1, 52, 52, 64}, 1);
    Strided("strided_halves", {1, 56, 56, 64}, {0, 0, 0, 0}, {1, 56, 56, 64}, 2);
    Strided("strided_focus", {1, 320, 320, 3}, {0, 1, 0, 0}, {1, 320, 320, 3}, 2);
    Gather("gather_words", {1000, 768}, 128, 0, {128, 768});
    Gather("gather_channels", {1, 56, 56, 64}, 32, 3, {1, 56, 56, 32});
  }

  void Blocks() {
    Map("depth_to_space", "DEPTH_TO_SPACE", {1, 56, 56, 64}, Options{{0, 2}}, InputScale(),
        {1, 112, 112, 16});
    Map("depth_to_space_picture", "DEPTH_TO_SPACE", {1, 128, 128, 12}, Options{{0, 2}},
        InputScale(), {1, 256, 256, 3});
    Map("space_to_depth", "SPACE_TO_DEPTH", {1, 56, 56, 64}, Options{{0, 2}}, InputScale(),
        {1, 28, 28, 256});
    ToBatch("space_to_batch", "SPACE_TO_BATCH_ND", "paddings", {1, 56, 56, 64}, {4, 28, 28, 64});
    ToBatch("batch_to_space", "BATCH_TO_SPACE_ND", "crops", {4, 28, 28, 64}, {1, 56, 56, 64});
  }

  void Conv(const std::string& name, const Dims& in, int32_t out, const Dims& kernel,
            Window w = {}) {
    OneOperator one(kind());
    const int x = one.Input(in);
    const int filter = one.Filter({out, kernel[0], kernel[1], in[3] / w.groups}, 0);
    const int bias = one.Bias(out);
    one.Make("CONV_2D", {x, filter, bias}, one.Result(StridedShape(in, w.stride, out)),
             Options{{0, kSame},
                     {1, w.stride},
                     {2, w.stride},
                     {3, w.activation},
                     {4, w.dilation},
                     {5, w.dilation}});
    Write("conv_" + name, one);
  }
  void Depthwise(const std::string& name, const Dims& in, int32_t side, int32_t stride = 1,
                 int32_t dilation = 1) {
    OneOperator one(kind());
    const int x = one.Input(in);
    const int filter = one.Filter({1, side, side, in[3]}, 3);
    const int bias = one.Bias(in[3]);
    one.Make("DEPTHWISE_CONV_2D", {x, filter, bias}, one.Result(StridedShape(in, stride, in[3])),
             Options{{0, kSame},
                     {1, stride},
                     {2, stride},
                     {3, 1},
                     {4, kRelu6},
                     {5, dilation},
                     {6, dilation}});
    Write("depthwise_" + name, one);
  }
  void Transposed(const std::string& name, const Dims& in, int32_t out, int32_t side) {
    OneOperator one(kind());
    const Dims larger = {1, in[1] * 2, in[2] * 2, out};
    const int shape = one.Integers("shape", {4}, larger);
    const int filter = one.Filter({out, side, side, in[3]}, 0);
    const int x = one.Input(in);
    const int bias = one.Bias(out);
    one.Make("TRANSPOSE_CONV", {shape, filter, x, bias}, one.Result(larger),
             Options{{0, kSame}, {1, 2}, {2, 2}}, 3);
    Write("transpose_conv_" + name, one);
  }
  void Dense(const std::string& name, int32_t rows, int32_t in, int32_t out) {
    OneOperator one(kind());
    const int x = one.Input({rows, in});
    const int filter = one.Filter({out, in}, 0);
    const int bias = one.Bias(out);
    one.Make("FULLY_CONNECTED", {x, filter, bias}, one.Result({rows, out}),
             Options{{0, kNoActivation}});
    Write("dense_" + name, one);
  }
  void MatMul(const std::string& name, const Dims& a, const Dims& b, const Dims& out, bool turned) {
    OneOperator one(kind());
    const int left = one.Input(a, "a");
    const int right = one.Input(b, "b");
    one.Make("BATCH_MATMUL", {left, right}, one.Result(out), Options{{0, false}, {1, turned}});
    Write("matmul_" + name, one);
  }
  void TopK(const std::string& name, const Dims& shape, int32_t k) {
    OneOperator one(kind());
    const int x = one.Input(shape);
    const int count = one.Integers("k", {}, {k});
    const Dims out = {1, k};
    const int values = one.builder().Add(one.Result(out, InputScale(), "values"));
    const int places = one.builder().Tensor("places", Type::kInt32, bench::ShapeOf(out));
    one.builder().Node("TOPK_V2", {x, count}, {values, places});
    one.builder().Output(values);
    one.builder().Output(places);
    Write(name, one);
  }

  static Dims StridedShape(const Dims& in, int32_t stride, int32_t channels) {
    return {in[0], (in[1] + stride - 1) / stride, (in[2] + stride - 1) / stride, channels};
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  bool good = true;
  for (const Kind kind : {Kind::kFloat, Kind::kInt8, Kind::kHybrid}) {
    Writer writer(argv[1], kind);
    writer.Convolutions();
    writer.Depthwises();
    writer.Dense();
    if (kind != Kind::kHybrid) writer.All();
    good = good && writer.good();
  }
  if (!good) std::fprintf(stderr, "cannot write to %s\n", argv[1]);
  return good ? 0 : 1;
}
