// MediaPipe's Convolution2DTransposeBias: the input, the filter [out_channels, height, width,
// in_channels], the bias. Its options are three 32-bit integers: padding (1 SAME, 2 VALID), stride
// width, stride height. Source: MediaPipe util/tflite/operations/transpose_conv_bias.cc.
#include <algorithm>
#include <cstring>

#include "brink/model/graph.h"
#include "brink/ops/transposed_convolution.h"

namespace brink::ops {
namespace {

struct Options {
  int32_t padding = 0;
  int32_t stride_width = 0;
  int32_t stride_height = 0;
};

struct Axis {
  int64_t out = 1;
  int64_t pad = 0;
};

// SAME cuts what the whole product has more than stride times the input.
Axis PlaceAxis(int32_t padding, int64_t in, int64_t filter, int32_t stride) {
  constexpr int64_t kMost = int64_t{1} << 30;
  if (stride < 1 || in < 1 || in > kMost || filter > kMost) return {};  // refused later
  const int64_t excess =
      padding == 1 ? std::max<int64_t>(0, filter - (in - 1) % stride - 1) : int64_t{0};
  return {stride * (in - 1) + filter - excess, excess / 2};
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckRank(0, 4, 4));
  BRINK_TRY(node.CheckRank(1, 4, 4));
  Options options;
  if (node.custom_options.size() < sizeof(options)) {
    return node.Invalid("options of " + std::to_string(node.custom_options.size()) +
                        " bytes, wanted at least 12");
  }
  std::memcpy(&options, node.custom_options.data(), sizeof(options));
  if (options.padding != 1 && options.padding != 2) {
    return node.Invalid("padding " + std::to_string(options.padding) +
                        ", wanted SAME (1) or VALID (2)");
  }
  const Shape& input = node.input(0).shape;
  const Shape& filter = node.input(1).shape;
  const Axis rows = PlaceAxis(options.padding, input[1], filter[1], options.stride_height);
  const Axis columns = PlaceAxis(options.padding, input[2], filter[2], options.stride_width);
  const ConvOperands operands{.out_channels = filter[0]};
  BRINK_ASSIGN(const kernels::TransposeConvShape shape,
               TransposedShape(node, operands,
                               {.stride_height = options.stride_height,
                                .stride_width = options.stride_width,
                                .out_height = rows.out,
                                .out_width = columns.out,
                                .pad_top = rows.pad,
                                .pad_left = columns.pad}));
  return PrepareTransposed(node, operands, shape);
}

}  // namespace

extern const OpDef kConvolution2dTransposeBias{
    .name = "Convolution2DTransposeBias",
    .code = model::kCustomCode,
    .types = "f32",
    .kernels = "phases, direct; phases, planar; phases, reference",
    .prepare = Prepare};

}  // namespace brink::ops
