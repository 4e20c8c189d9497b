// MediaPipe's MaxUnpooling2D: inputs are what MaxPoolingWithArgmax2D gives; the output is as many
// windows high and wide as the input.
#include <algorithm>

#include "brink/kernels/pool_argmax.h"
#include "brink/model/graph.h"
#include "brink/ops/op.h"
#include "brink/ops/pool_options.h"

namespace brink::ops {
namespace {

constexpr int64_t kMostExtent = 1 << 20;

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckInputType(1, {Type::kFloat32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckRank(0, 4, 4));
  BRINK_ASSIGN(const RawPoolOptions options, ReadRawPoolOptions(node));
  const Shape& in = node.input(0).shape;
  const bool fits = node.input(1).shape == in &&
                    std::all_of(in.dims().begin(), in.dims().end(),
                                [](int64_t dim) { return dim >= 1 && dim <= kMostExtent; });
  if (!fits || in[1] * options.height > kMostExtent || in[2] * options.width > kMostExtent) {
    return node.Invalid("an input of shape " + in.ToString() + " with indices of shape " +
                        node.input(1).shape.ToString());
  }
  const auto padding = [](int64_t windows, int32_t stride, int32_t size) {
    return static_cast<int>(std::max<int64_t>(0, (windows - 1) * stride + size - windows * size) /
                            2);
  };
  const kernels::Conv2dShape shape{
      .batch = static_cast<int>(in[0]),
      .in_height = static_cast<int>(in[1] * options.height),
      .in_width = static_cast<int>(in[2] * options.width),
      .in_channels = static_cast<int>(in[3]),
      .out_height = static_cast<int>(in[1]),
      .out_width = static_cast<int>(in[2]),
      .out_channels = static_cast<int>(in[3]),
      .window = {.height = options.height,
                 .width = options.width,
                 .stride_height = options.stride_height,
                 .stride_width = options.stride_width,
                 .pad_top = padding(in[1], options.stride_height, options.height),
                 .pad_left = padding(in[2], options.stride_width, options.width)}};
  return Prepared{.shapes = {{in[0], shape.in_height, shape.in_width, in[3]}},
                  .kernel = "float32",
                  .run = [shape](const Buffers& b) {
                    kernels::MaxUnpool(shape, b.in<float>(0), b.in<float>(1), b.out<float>(0));
                  }};
}

}  // namespace

extern const OpDef kMaxUnpooling2d{.name = "MaxUnpooling2D",
                                   .code = model::kCustomCode,
                                   .types = "f32",
                                   .kernels = "float32",
                                   .prepare = Prepare};

}  // namespace brink::ops
