// The parameters of quantised operators, made once at plan time.
#include <algorithm>

#include "brink/kernels/quantized_elementwise.h"

namespace brink::kernels {
namespace {

QuantizedAdd MakeSum(Affine a, Affine b, Affine output, IntRange range, int left_shift) {
  const double twice_max = 2 * static_cast<double>(std::max(a.scale, b.scale));
  QuantizedAdd add;
  add.left_shift = left_shift;
  add.a_zero_point = a.zero_point;
  add.b_zero_point = b.zero_point;
  add.output_zero_point = output.zero_point;
  add.a = QuantizeMultiplier(static_cast<double>(a.scale) / twice_max);
  add.b = QuantizeMultiplier(static_cast<double>(b.scale) / twice_max);
  add.output =
      QuantizeMultiplier(twice_max / ((1 << left_shift) * static_cast<double>(output.scale)));
  add.range = range;
  return add;
}

}  // namespace

QuantizedAdd MakeQuantizedAdd(Affine a, Affine b, Affine output, IntRange range, int left_shift) {
  return MakeSum(a, b, output, range, left_shift);
}

QuantizedAdd MakeQuantizedSub(Affine a, Affine b, Affine output, IntRange range, int left_shift) {
  QuantizedAdd sub = MakeSum(a, b, output, range, left_shift);
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

}  // namespace brink::kernels
