// QUANTIZE: float32 to 8 or 16 bits, or one quantisation to another of 8, 16 or 32 bits.
#include "brink/kernels/convert.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/ops/op.h"
#include "brink/ops/quantized.h"
#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

Result<Prepared> PrepareRequantize(const NodeView& node, Prepared prepared, int64_t count) {
  BRINK_ASSIGN(const auto from, QuantizedTypeOf(node, node.input(0)));
  BRINK_ASSIGN(const auto to, QuantizedTypeOf(node, node.output(0)));
  if (IsByte(from.type) && IsByte(to.type)) {
    const auto table = kernels::RequantizeTable(from, to, kernels::Activation::kNone);
    const double slope = static_cast<double>(from.affine.scale / to.affine.scale);
    ByteStep step =
        StepOfBytes(table, kernels::FitLines(table, from.type, to.type, {.above = slope}), count);
    prepared.kernel = std::move(step.kernel);
    prepared.run = std::move(step.run);
    prepared.overwritable = 1;
    return prepared;
  }
  const kernels::Requantization requantization{
      .from = from.type,
      .to = to.type,
      .input_zero_point = from.affine.zero_point,
      .output_zero_point = to.affine.zero_point,
      .multiplier = kernels::QuantizeMultiplier(static_cast<double>(from.affine.scale) /
                                                static_cast<double>(to.affine.scale))};
  prepared.kernel = "requantise";
  prepared.run = [requantization, count](const Buffers& b) {
    kernels::Requantize(requantization, b.inputs[0], b.outputs[0], count, b.parallel);
  };
  return prepared;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(
      0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16, Type::kInt32}));
  const Value& input = node.input(0);
  const int64_t count = input.shape.elements();
  Prepared prepared{.shapes = {input.shape}};
  if (input.type != Type::kFloat32) {
    BRINK_TRY(node.CheckOutputType(0, {Type::kInt8, Type::kUInt8, Type::kInt16, Type::kInt32}));
    return PrepareRequantize(node, std::move(prepared), count);
  }
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt8, Type::kUInt8, Type::kInt16}));
  BRINK_ASSIGN(const auto to, QuantizedTypeOf(node, node.output(0)));
  prepared.kernel = to.type == Type::kInt16 ? "float32 to 16-bit" : "float32 to 8-bit";
  prepared.run = [to, count](const Buffers& b) {
    kernels::Quantize(to, b.in<float>(0), b.outputs[0], count, b.parallel);
  };
  return prepared;
}

}  // namespace

extern const OpDef kQuantize{
    .name = "QUANTIZE",
    .code = 114,
    .max_version = 4,
    .types = "f32 i8 u8 i16",
    .kernels = "8-bit lines; 8-bit table; float32 to 16-bit; float32 to 8-bit; requantise",
    .prepare = Prepare};

}  // namespace brink::ops
