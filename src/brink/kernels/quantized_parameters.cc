// The parameters of quantised operators, made once at plan time.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

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

// The steps of a multiplication of bytes: from which absolute value of a product on the result's is
// at least so much. Fixed point and float32 both grow with the product, so that they give the same
// results where they do at each step and just before.
class ProductSteps {
 public:
  explicit ProductSteps(const QuantizedMul& mul)
      : multiplier_(mul.output), real_(std::ldexp(mul.output.value, mul.output.shift - 31)) {}

  // The least product of the sign that gives `result`, as an absolute value.
  int32_t First(int sign, int32_t result) const {
    auto product = static_cast<int32_t>(std::min<double>(kMost + 1, (result - 0.5) / real_));
    while (product > 0 && Absolute(sign, product) >= result) --product;
    while (product <= kMost && Absolute(sign, product) < result) ++product;
    return product;
  }

  static constexpr int32_t kFurthest = 383;  // between a byte and a zero point, signed or not
  static constexpr int32_t kMost = kFurthest * kFurthest;

 private:
  int32_t Absolute(int sign, int32_t product) const {
    return sign * MultiplyByMultiplier(sign * product, multiplier_);
  }

  Multiplier multiplier_;
  double real_;
};

bool RoundsTo(const QuantizedMul& mul, int32_t product, int32_t least, int32_t most) {
  const auto real = static_cast<float>(product);
  const auto within = [&](float value) {
    const auto rounded = std::nearbyint(value);
    return rounded >= static_cast<float>(least) && rounded <= static_cast<float>(most);
  };
  return within(std::fma(real, mul.factor, mul.bias)) && within(real * mul.factor + mul.bias);
}

// Looks for a bias of the float32 estimate in the middle of those that are right at every step.
void FindBias(QuantizedMul& mul) {
  constexpr int32_t kBeyond = std::numeric_limits<int32_t>::max() / 2;
  const auto is_byte = [](int32_t value) { return value >= -128 && value <= 255; };
  if (!is_byte(mul.range.low) || !is_byte(mul.range.high)) return;
  if (!is_byte(mul.a_zero_point) || !is_byte(mul.b_zero_point)) return;
  if (mul.output.value <= 0 || mul.output.shift > 0 || mul.output.shift < -20) return;
  const int64_t zero = mul.output_zero_point;
  const int64_t furthest = std::max(mul.range.high - zero, zero - mul.range.low);
  if (furthest < 1 || furthest > 255) return;
  const ProductSteps steps(mul);
  mul.factor = static_cast<float>(std::ldexp(mul.output.value, mul.output.shift - 31));
  const auto factor = static_cast<double>(mul.factor);
  double least = 0;
  double most = 0.5;
  std::array<int32_t, 512> firsts;  // of each sign and result
  size_t count = 0;
  for (const int sign : {1, -1}) {
    for (int32_t result = 1; result <= furthest; ++result) {
      const int32_t first = steps.First(sign, result);
      firsts[count++] = first;
      if (first <= ProductSteps::kMost) least = std::max(least, result - 0.5 - first * factor);
      most = std::min(most, result - 0.5 - (first - 1) * factor);
    }
  }
  if (least >= most) return;
  mul.bias = static_cast<float>((least + most) / 2);
  // Of results up to 256, float32 rounds a product and a sum by less than that together.
  constexpr double kRounding = 1.0 / (1 << 14);
  const auto bias = static_cast<double>(mul.bias);
  if (bias - least > kRounding && most - bias > kRounding) {
    mul.certain = true;
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    const auto result = static_cast<int32_t>(i % static_cast<size_t>(furthest)) + 1;
    // Beyond the largest product there is no step: all that matters is that none is taken before.
    if (!RoundsTo(mul, firsts[i] - 1, 0, result - 1)) return;
    if (firsts[i] <= ProductSteps::kMost && !RoundsTo(mul, firsts[i], result, kBeyond)) return;
  }
  mul.certain = true;
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
  FindBias(mul);
  return mul;
}

}  // namespace brink::kernels
