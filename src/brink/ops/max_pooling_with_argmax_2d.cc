// MediaPipe's MaxPoolingWithArgmax2D: outputs are the maxima and their places in the windows.
#include "brink/kernels/pool_argmax.h"
#include "brink/model/graph.h"
#include "brink/ops/op.h"
#include "brink/ops/pool_options.h"
#include "brink/ops/window.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 2));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  if (node.output(1).type != Type::kFloat32) return node.Unsupported("output 1 is not FLOAT32");
  BRINK_TRY(node.CheckRank(0, 4, 4));
  BRINK_ASSIGN(const RawPoolOptions options, ReadRawPoolOptions(node));
  if (options.activation < 0 || options.activation > 3) {
    return node.Unsupported("activation " + std::to_string(options.activation));
  }
  BRINK_ASSIGN(const kernels::Conv2dShape shape,
               PlaceWindow(node, {.height = options.height,
                                  .width = options.width,
                                  .stride_height = options.stride_height,
                                  .stride_width = options.stride_width,
                                  .padding = static_cast<int8_t>(options.padding - 1),
                                  .out_channels = node.input(0).shape[3]}));
  const kernels::PoolProblem problem{
      shape, kernels::ClampRange(static_cast<kernels::Activation>(options.activation))};
  const Shape output = OutputShape(shape);
  return Prepared{
      .shapes = {output, output}, .kernel = "float32", .run = [problem](const Buffers& b) {
        kernels::MaxPoolArgmax(problem, b.in<float>(0), b.out<float>(0), b.out<float>(1));
      }};
}

}  // namespace

extern const OpDef kMaxPoolingWithArgmax2d{.name = "MaxPoolingWithArgmax2D",
                                           .code = model::kCustomCode,
                                           .types = "f32",
                                           .kernels = "float32",
                                           .prepare = Prepare};

}  // namespace brink::ops
