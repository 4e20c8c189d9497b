// Fixed-point scaling of 32-bit accumulators, bit for bit as TFLite and gemmlowp do it.
// Source: gemmlowp fixedpoint.h; TFLite quantization_util.cc and kernels/internal/common.h.
#pragma once

#include <algorithm>
#include <cstdint>

namespace brink::kernels {

// How a tensor's stored integers map to reals: scale * (stored - zero_point).
struct Affine {
  float scale = 1.0F;
  int32_t zero_point = 0;
};

// The real number value * 2^(shift - 31); |value| is 0 or in [2^30, 2^31).
struct Multiplier {
  int32_t value = 0;
  int shift = 0;  // left when positive
};

// The nearest Multiplier; reals that are not finite or too small become 0, too large ones saturate
// at shift 30.
Multiplier QuantizeMultiplier(double real);

// round(a * b / 2^31), ties towards +infinity, saturated.
inline int32_t RoundingDoublingHighMul(int32_t a, int32_t b) {
  if (a == b && a == INT32_MIN) return INT32_MAX;
  const int64_t product = static_cast<int64_t>(a) * b;
  return static_cast<int32_t>((product + (int64_t{1} << 30)) >> 31);
}

// round(x / 2^exponent), ties away from zero; exponent in [0, 31].
inline int32_t RoundingDivideByPowerOfTwo(int32_t x, int exponent) {
  const auto mask = static_cast<int32_t>((int64_t{1} << exponent) - 1);
  const int32_t remainder = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

// x times the multiplier, rounded twice as TFLite does by default.
inline int32_t MultiplyByMultiplier(int32_t x, Multiplier multiplier) {
  const int left = std::max(multiplier.shift, 0);
  const int right = std::max(-multiplier.shift, 0);
  // The shift wraps as two's complement does, which hostile models can reach.
  const auto shifted = static_cast<int32_t>(static_cast<uint32_t>(x) << left);
  return RoundingDivideByPowerOfTwo(RoundingDoublingHighMul(shifted, multiplier.value), right);
}

// Whether a product and a shift to the right is all that the multiplier does to values up to
// `bound`, the product of any but 0 and -1 has the sign of the value, and (y + sign(y) + 2^(right -
// 1) + (zero_point << right)) >> right stays within 32 bits for the high product y of each and any
// zero point of 8 bits.
inline bool OnlyShiftsRight(Multiplier multiplier, uint64_t bound) {
  const int right = -multiplier.shift;
  if (right < 1 || right > 20 || bound >> 31 != 0 || multiplier.value < 1 << 30) return false;
  return bound + (uint64_t{256} << right) < uint64_t{1} << 31;
}

// a + b modulo 2^32: with scales that make no sense, sums leave the 32 bits.
inline int32_t WrappingAdd(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

}  // namespace brink::kernels
