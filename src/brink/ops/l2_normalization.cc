// L2_NORMALIZATION over the last axis: L2NormOptions {fused_activation}, which TFLite takes only as
// NONE.
#include "brink/kernels/normalize.h"
#include "brink/ops/last_axis.h"
#include "brink/ops/op.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

template <class T>
Run QuantizedRun(int32_t zero_point, const kernels::SoftmaxShape& shape) {
  return [=](const Buffers& b) {
    kernels::L2Normalize(zero_point,
                         kernels::QuantizedSoftmaxArguments<T>{shape, b.in<T>(0), b.out<T>(0)},
                         b.parallel);
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8}));
  const Value& input = node.input(0);
  BRINK_TRY(node.CheckOutputType(0, {input.type}));
  if (node.options.Int8(0) != 0) return node.Unsupported("a fused activation, NONE is supported");
  BRINK_ASSIGN(const kernels::SoftmaxShape shape, RowsOf(node));
  Prepared prepared{.shapes = {input.shape}, .kernel = "float32", .overwritable = 1};
  if (input.type == Type::kFloat32) {
    prepared.run = [shape](const Buffers& b) {
      kernels::L2Normalize(shape, b.in<float>(0), b.out<float>(0), b.parallel);
    };
    return prepared;
  }
  BRINK_ASSIGN(const kernels::Affine from, AffineOf(node, input));
  BRINK_ASSIGN(const kernels::Affine to, AffineOf(node, node.output(0)));
  const int32_t zero_point = input.type == Type::kInt8 ? 0 : 128;
  if (to.scale != 1.0F / 128.0F || to.zero_point != zero_point) {
    return node.Unsupported("output 0: scale " + std::to_string(to.scale) + " and zero point " +
                            std::to_string(to.zero_point) + ", wanted 1 / 128 and " +
                            std::to_string(zero_point));
  }
  prepared.kernel = "8-bit";
  prepared.run = input.type == Type::kInt8 ? QuantizedRun<int8_t>(from.zero_point, shape)
                                           : QuantizedRun<uint8_t>(from.zero_point, shape);
  return prepared;
}

}  // namespace

extern const OpDef kL2Normalization{.name = "L2_NORMALIZATION",
                                    .code = 11,
                                    .max_version = 2,
                                    .types = "f32 i8",
                                    .kernels = "8-bit; float32",
                                    .prepare = Prepare};

}  // namespace brink::ops
