// LOG_SOFTMAX over the last axis.
#include "brink/kernels/normalize.h"
#include "brink/ops/last_axis.h"
#include "brink/ops/op.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

template <class T>
Run QuantizedRun(const kernels::QuantizedSoftmax& softmax, float scale,
                 const kernels::SoftmaxShape& shape) {
  return [=](const Buffers& b) {
    kernels::LogSoftmax(softmax, scale,
                        kernels::QuantizedSoftmaxArguments<T>{shape, b.in<T>(0), b.out<T>(0)},
                        b.parallel);
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8}));
  const Value& input = node.input(0);
  BRINK_TRY(node.CheckOutputType(0, {input.type}));
  BRINK_ASSIGN(const kernels::SoftmaxShape shape, RowsOf(node));
  Prepared prepared{.shapes = {input.shape}, .kernel = "float32", .overwritable = 1};
  if (input.type == Type::kFloat32) {
    prepared.run = [shape](const Buffers& b) {
      kernels::LogSoftmax(shape, b.in<float>(0), b.out<float>(0), b.parallel);
    };
    return prepared;
  }
  BRINK_ASSIGN(const kernels::Affine from, AffineOf(node, input));
  BRINK_ASSIGN(const kernels::Affine to, AffineOf(node, node.output(0)));
  const auto softmax = kernels::MakeQuantizedSoftmax(1.0F, from.scale, to);
  prepared.kernel = "8-bit table";
  prepared.run = input.type == Type::kInt8 ? QuantizedRun<int8_t>(softmax, from.scale, shape)
                                           : QuantizedRun<uint8_t>(softmax, from.scale, shape);
  return prepared;
}

}  // namespace

extern const OpDef kLogSoftmax{.name = "LOG_SOFTMAX",
                               .code = 50,
                               .max_version = 2,
                               .types = "f32 i8 u8",
                               .kernels = "8-bit table; float32",
                               .prepare = Prepare};

}  // namespace brink::ops
