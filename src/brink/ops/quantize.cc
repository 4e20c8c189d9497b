// QUANTIZE: float32 to 8 bits, or one 8-bit quantisation to another.
#include "brink/kernels/quantized_elementwise.h"
#include "brink/ops/op.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt8, Type::kUInt8}));
  const Value& input = node.input(0);
  const int64_t count = input.shape.elements();
  BRINK_ASSIGN(const auto to, QuantizedTypeOf(node, node.output(0)));
  Prepared prepared{.shapes = {input.shape}};
  if (input.type == Type::kFloat32) {
    prepared.kernel = "float32 to 8-bit";
    prepared.run = [to, count](const Buffers& b) {
      kernels::Quantize(to, b.in<float>(0), b.outputs[0], count, b.parallel);
    };
    return prepared;
  }
  BRINK_ASSIGN(const auto from, QuantizedTypeOf(node, input));
  prepared.kernel = "8-bit table";
  prepared.overwritable = 1;
  prepared.run = [count, table = kernels::RequantizeTable(from, to, kernels::Activation::kNone)](
                     const Buffers& b) {
    kernels::ApplyTable(table, {b.in<uint8_t>(0), b.out<uint8_t>(0), count}, b.parallel);
  };
  return prepared;
}

}  // namespace

extern const OpDef kQuantize{.name = "QUANTIZE", .code = 114, .max_version = 4, .prepare = Prepare};

}  // namespace brink::ops
