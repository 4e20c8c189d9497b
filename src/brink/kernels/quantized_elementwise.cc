#include "brink/kernels/quantized_elementwise.h"

#include <algorithm>

#include "brink/kernels/reference/elementwise.h"

namespace brink::kernels {
namespace {

QuantizedAdd MakeSum(Affine a, Affine b, Affine output, IntRange range) {
  const double twice_max = 2 * static_cast<double>(std::max(a.scale, b.scale));
  QuantizedAdd add;
  add.a_zero_point = a.zero_point;
  add.b_zero_point = b.zero_point;
  add.output_zero_point = output.zero_point;
  add.a = QuantizeMultiplier(static_cast<double>(a.scale) / twice_max);
  add.b = QuantizeMultiplier(static_cast<double>(b.scale) / twice_max);
  add.output = QuantizeMultiplier(twice_max / ((1 << 20) * static_cast<double>(output.scale)));
  add.range = range;
  return add;
}

}  // namespace

QuantizedAdd MakeQuantizedAdd(Affine a, Affine b, Affine output, IntRange range) {
  return MakeSum(a, b, output, range);
}

QuantizedAdd MakeQuantizedSub(Affine a, Affine b, Affine output, IntRange range) {
  QuantizedAdd sub = MakeSum(a, b, output, range);
  sub.b.value = -sub.b.value;
  return sub;
}

QuantizedMul MakeQuantizedMul(Affine a, Affine b, Affine output, IntRange range) {
  QuantizedMul mul;
  mul.a_zero_point = a.zero_point;
  mul.b_zero_point = b.zero_point;
  mul.output_zero_point = output.zero_point;
  // Single precision: TFLite's choice.
  mul.output = QuantizeMultiplier(static_cast<double>(a.scale * b.scale / output.scale));
  mul.range = range;
  return mul;
}

void ApplyTable(const ByteTable& table, const ByteArguments& arguments, const Parallel&) {
  reference::ApplyTable(table, arguments);
}

void Add(const QuantizedAdd& add, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int8_t>& arguments, const Parallel&) {
  reference::Add(add, broadcast, arguments);
}
void Add(const QuantizedAdd& add, const Broadcast& broadcast,
         const QuantizedBinaryArguments<uint8_t>& arguments, const Parallel&) {
  reference::Add(add, broadcast, arguments);
}
void Mul(const QuantizedMul& mul, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int8_t>& arguments, const Parallel&) {
  reference::Mul(mul, broadcast, arguments);
}
void Mul(const QuantizedMul& mul, const Broadcast& broadcast,
         const QuantizedBinaryArguments<uint8_t>& arguments, const Parallel&) {
  reference::Mul(mul, broadcast, arguments);
}

void Quantize(QuantizedType output, const float* input, void* stored, int64_t count,
              const Parallel&) {
  reference::Quantize(output, input, stored, count);
}
void Dequantize(QuantizedType input, const void* stored, float* output, int64_t count,
                const Parallel&) {
  reference::Dequantize(input, stored, output, count);
}

}  // namespace brink::kernels
