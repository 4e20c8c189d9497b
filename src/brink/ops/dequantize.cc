// DEQUANTIZE: 4, 8 or 16 bits or float16 to float32. Of constants it is computed when a model is
// loaded.
#include "brink/kernels/convert.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/ops/op.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

// A scale for each index of an axis, as the weights of convolutions have.
Result<Run> ChannelRun(const NodeView& node) {
  const Value& input = node.input(0);
  const QuantizationView q = input.quantization;
  BRINK_ASSIGN(const int axis, node.Axis(q.axis, input.shape.rank()));
  if (static_cast<int64_t>(q.scale.size()) != input.shape[axis] ||
      q.zero_point.size() != q.scale.size()) {
    return node.Invalid(std::to_string(q.scale.size()) + " scales for axis " +
                        std::to_string(axis) + " of " + input.shape.ToString());
  }
  int64_t outer = 1;
  int64_t inner = 1;
  for (int i = 0; i < input.shape.rank(); ++i) {
    if (i != axis) (i < axis ? outer : inner) *= input.shape[i];
  }
  return Run([q, outer, inner, type = input.type](const Buffers& b) {
    kernels::Dequantize(
        type, {.outer = outer, .inner = inner, .scales = q.scale, .zero_points = q.zero_point},
        b.inputs[0], b.out<float>(0));
  });
}

Result<Prepared> PrepareQuantized(const NodeView& node, Prepared prepared, int64_t count) {
  const Value& input = node.input(0);
  if (input.quantization.per_channel()) {
    prepared.kernel = "channels to float32";
    BRINK_ASSIGN(prepared.run, ChannelRun(node));
    return prepared;
  }
  BRINK_ASSIGN(const auto from, QuantizedTypeOf(node, input));
  if (IsByte(input.type)) {
    prepared.kernel = "8-bit to float32";
    prepared.run = [from, count](const Buffers& b) {
      kernels::Dequantize(from, b.inputs[0], b.out<float>(0), count, b.parallel);
    };
    return prepared;
  }
  prepared.kernel = "integer to float32";
  prepared.run = [from, count](const Buffers& b) {
    kernels::Dequantize(from.type, from.affine, b.inputs[0], b.out<float>(0), count, b.parallel);
  };
  return prepared;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(
      0, {Type::kFloat16, Type::kInt8, Type::kUInt8, Type::kInt16, Type::kInt4}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  const int64_t count = node.input(0).shape.elements();
  Prepared prepared{.shapes = {node.input(0).shape}};
  if (node.input(0).type != Type::kFloat16)
    return PrepareQuantized(node, std::move(prepared), count);
  prepared.kernel = "float16 to float32";
  prepared.run = [count](const Buffers& b) {
    kernels::Convert(Type::kFloat16, b.inputs[0], Type::kFloat32, b.outputs[0], count, b.parallel);
  };
  return prepared;
}

}  // namespace

extern const OpDef kDequantize{
    .name = "DEQUANTIZE",
    .code = 6,
    .max_version = 6,
    .is_late = true,
    .types = "f16 i4 i8 u8 i16",
    .kernels = "8-bit to float32; channels to float32; float16 to float32; integer to float32",
    .prepare = Prepare};

}  // namespace brink::ops
