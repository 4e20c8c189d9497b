// SOFTMAX over the last axis: SoftmaxOptions {beta}.
#include "brink/kernels/softmax.h"

#include <cmath>

#include "brink/ops/last_axis.h"
#include "brink/ops/op.h"
#include "brink/ops/quantized.h"
#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

template <class T, class Out>
Run QuantizedRun(const kernels::QuantizedSoftmax& softmax, const kernels::SoftmaxShape& shape) {
  return [softmax, shape](const Buffers& b) {
    kernels::Softmax(softmax,
                     kernels::QuantizedSoftmaxArguments<T, Out>{shape, b.in<T>(0), b.out<Out>(0)},
                     b.parallel);
  };
}

template <class T>
Run QuantizedRun(const kernels::QuantizedSoftmax& softmax, const kernels::SoftmaxShape& shape,
                 Type output) {
  return output == Type::kInt16 ? QuantizedRun<T, int16_t>(softmax, shape)
                                : QuantizedRun<T, T>(softmax, shape);
}

Result<Prepared> PrepareShorts(const NodeView& node, float beta, const kernels::SoftmaxShape& shape,
                               Prepared prepared) {
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt16}));
  BRINK_ASSIGN(const kernels::Affine from, AffineOf(node, node.input(0)));
  BRINK_ASSIGN(const kernels::Affine to, AffineOf(node, node.output(0)));
  BRINK_TRY(CheckShortUnitScale(node, from, to));
  prepared.kernel = "16-bit";
  prepared.run = [shape, softmax = kernels::MakeShortSoftmax(beta, from.scale)](const Buffers& b) {
    kernels::Softmax(softmax, {shape, b.in<int16_t>(0), b.out<int16_t>(0)}, b.parallel);
  };
  return prepared;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16}));
  const Value& input = node.input(0);
  const float beta = node.options.Float(0);
  if (!std::isfinite(beta)) return node.Invalid("beta is not finite");
  BRINK_ASSIGN(const kernels::SoftmaxShape shape, RowsOf(node));
  Prepared prepared{.shapes = {input.shape}, .overwritable = 1};
  if (input.type == Type::kInt16) return PrepareShorts(node, beta, shape, std::move(prepared));
  if (input.type == Type::kFloat32) {
    BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
    prepared.kernel = "float32";
    prepared.run = [shape, beta](const Buffers& b) {
      kernels::Softmax(shape, beta, b.in<float>(0), b.out<float>(0), b.parallel);
    };
    return prepared;
  }
  const Type output = node.output(0).type;
  BRINK_TRY(node.CheckOutputType(0, {input.type, Type::kInt16}));
  BRINK_ASSIGN(const kernels::Affine from, AffineOf(node, input));
  BRINK_ASSIGN(const kernels::Affine to, AffineOf(node, node.output(0)));
  const auto softmax = kernels::MakeQuantizedSoftmax(beta, from.scale, to);
  if (output != input.type) prepared.overwritable = 0;
  prepared.kernel = "8-bit table";
  prepared.run = input.type == Type::kInt8 ? QuantizedRun<int8_t>(softmax, shape, output)
                                           : QuantizedRun<uint8_t>(softmax, shape, output);
  return prepared;
}

}  // namespace

extern const OpDef kSoftmax{.name = "SOFTMAX",
                            .code = 25,
                            .max_version = 3,
                            .types = "f32 i8 u8 i16",
                            .kernels = "16-bit; 8-bit table; float32",
                            .prepare = Prepare};

}  // namespace brink::ops
