// DEQUANTIZE: 8 bits or float16 to float32. Of constants it is computed when a model is loaded.
#include <bit>

#include "brink/kernels/quantized_elementwise.h"
#include "brink/ops/op.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

// IEEE 754 binary16 to binary32, exact.
float Widen(uint16_t half) {
  const uint32_t sign = uint32_t{half & 0x8000U} << 16;
  const uint32_t exponent = half >> 10 & 0x1FU;
  const uint32_t fraction = half & 0x3FFU;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float subnormal = static_cast<float>(fraction) * 0x1p-24F;
  return sign == 0 ? subnormal : -subnormal;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat16, Type::kInt8, Type::kUInt8}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  const Value& input = node.input(0);
  const int64_t count = input.shape.elements();
  Prepared prepared{.shapes = {input.shape}};
  if (input.type == Type::kFloat16) {
    prepared.kernel = "float16 to float32";
    prepared.run = [count](const Buffers& b) {
      const auto* halves = b.in<uint16_t>(0);
      for (int64_t i = 0; i < count; ++i) b.out<float>(0)[i] = Widen(halves[i]);
    };
    return prepared;
  }
  BRINK_ASSIGN(const auto from, QuantizedTypeOf(node, input));
  prepared.kernel = "8-bit to float32";
  prepared.run = [from, count](const Buffers& b) {
    kernels::Dequantize(from, b.inputs[0], b.out<float>(0), count, b.parallel);
  };
  return prepared;
}

}  // namespace

extern const OpDef kDequantize{
    .name = "DEQUANTIZE", .code = 6, .max_version = 6, .prepare = Prepare};

}  // namespace brink::ops
