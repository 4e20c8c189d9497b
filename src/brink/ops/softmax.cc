// SOFTMAX over the last axis: SoftmaxOptions {beta}.
#include "brink/kernels/softmax.h"

#include <cmath>

#include "brink/ops/op.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

template <class T>
Run QuantizedRun(const kernels::QuantizedSoftmax& softmax, const kernels::SoftmaxShape& shape) {
  return [softmax, shape](const Buffers& b) {
    kernels::Softmax(softmax, {shape, b.in<T>(0), b.out<T>(0)}, b.parallel);
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8}));
  const Value& input = node.input(0);
  BRINK_TRY(node.CheckOutputType(0, {input.type}));
  BRINK_TRY(node.CheckRank(0, 1, Shape::kMaxRank));
  const float beta = node.options.Float(0);
  if (!std::isfinite(beta)) return node.Invalid("beta is not finite");
  const int64_t depth = input.shape[input.shape.rank() - 1];
  if (depth < 1)
    return node.Invalid("input 0: shape " + input.shape.ToString() + " has no element to sum over");
  const kernels::SoftmaxShape shape{.rows = input.shape.elements() / depth, .depth = depth};
  Prepared prepared{.shapes = {input.shape}, .overwritable = 1};
  if (input.type == Type::kFloat32) {
    prepared.kernel = "float32";
    prepared.run = [shape, beta](const Buffers& b) {
      kernels::Softmax(shape, beta, b.in<float>(0), b.out<float>(0), b.parallel);
    };
    return prepared;
  }
  BRINK_ASSIGN(const kernels::Affine from, AffineOf(node, input));
  BRINK_ASSIGN(const kernels::Affine to, AffineOf(node, node.output(0)));
  const auto softmax = kernels::MakeQuantizedSoftmax(beta, from.scale, to);
  prepared.kernel = "8-bit table";
  prepared.run = input.type == Type::kInt8 ? QuantizedRun<int8_t>(softmax, shape)
                                           : QuantizedRun<uint8_t>(softmax, shape);
  return prepared;
}

}  // namespace

extern const OpDef kSoftmax{.name = "SOFTMAX", .code = 25, .max_version = 3, .prepare = Prepare};

}  // namespace brink::ops
