#include "brink/ops/unary.h"

#include "brink/ops/quantized.h"

namespace brink::ops {

Result<Prepared> PrepareUnary(const NodeView& node, const UnaryFunction& function) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  const Value& input = node.input(0);
  const int64_t count = input.shape.elements();
  Prepared prepared{.shapes = {input.shape}, .overwritable = 1};
  if (function.table) {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8}));
  } else {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  }
  BRINK_TRY(node.CheckOutputType(0, {input.type}));
  if (input.type == Type::kFloat32) {
    prepared.kernel = "float32";
    prepared.run = [count, floats = function.floats](const Buffers& b) {
      floats({b.in<float>(0), b.out<float>(0), count}, b.parallel);
    };
    return prepared;
  }
  BRINK_ASSIGN(const auto from, QuantizedTypeOf(node, input));
  BRINK_ASSIGN(const auto to, QuantizedTypeOf(node, node.output(0)));
  prepared.kernel = "8-bit table";
  prepared.run = [count, table = function.table(from, to)](const Buffers& b) {
    kernels::ApplyTable(table, {b.in<uint8_t>(0), b.out<uint8_t>(0), count}, b.parallel);
  };
  return prepared;
}

Result<Prepared> PrepareClamp(const NodeView& node, kernels::Activation activation) {
  return PrepareUnary(
      node, {.floats = [range = kernels::ClampRange(activation)](
                           const auto& arguments,
                           const auto& parallel) { kernels::Clamp(range, arguments, parallel); },
             .table =
                 [activation](kernels::QuantizedType input, kernels::QuantizedType output) {
                   return kernels::RequantizeTable(input, output, activation);
                 }});
}

}  // namespace brink::ops
