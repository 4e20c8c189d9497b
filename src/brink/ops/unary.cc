#include "brink/ops/unary.h"

#include <cmath>

#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

Result<Prepared> PrepareShorts(const NodeView& node, const UnaryFunction& function,
                               Prepared prepared) {
  BRINK_ASSIGN(const kernels::Affine from, AffineOf(node, node.input(0)));
  BRINK_ASSIGN(const kernels::Affine to, AffineOf(node, node.output(0)));
  BRINK_ASSIGN(const ShortRun run, function.shorts(from, to));
  prepared.kernel = "16-bit";
  prepared.run = [count = node.input(0).shape.elements(), run](const Buffers& b) {
    run({b.in<int16_t>(0), b.out<int16_t>(0), count}, b.parallel);
  };
  return prepared;
}

}  // namespace

Result<Prepared> PrepareUnary(const NodeView& node, const UnaryFunction& function) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  const Value& input = node.input(0);
  const int64_t count = input.shape.elements();
  Prepared prepared{.shapes = {input.shape}, .overwritable = 1};
  if (function.shorts) {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16}));
  } else if (function.table) {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8}));
  } else {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  }
  BRINK_TRY(node.CheckOutputType(0, {input.type}));
  if (input.type == Type::kInt16) return PrepareShorts(node, function, std::move(prepared));
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

Result<Prepared> PrepareClamp(const NodeView& node, kernels::FloatRange range) {
  return PrepareUnary(
      node,
      {.floats = [range](const auto& arguments,
                         const auto& parallel) { kernels::Clamp(range, arguments, parallel); },
       .table =
           [range](kernels::QuantizedType input, kernels::QuantizedType output) {
             return kernels::ClampTable(input, output, range);
           },
       .shorts = [range](kernels::Affine input, kernels::Affine output) -> Result<ShortRun> {
         const auto slopes = kernels::MakeShortClamp(input, output, range);
         return [slopes](const auto& arguments, const auto& parallel) {
           kernels::ApplySlopes(slopes, arguments, parallel);
         };
       }});
}

Status CheckShortUnitScale(const NodeView& node, kernels::Affine input, kernels::Affine output) {
  if (input.zero_point != 0 || output.zero_point != 0) {
    return node.Unsupported("INT16 with a zero point other than 0");
  }
  if (std::abs(std::log2(output.scale) + 15.0F) < 1e-3F) return {};
  return node.Unsupported("output 0: INT16 with scale " + std::to_string(output.scale) +
                          ", wanted 1 / 32768");
}

}  // namespace brink::ops
