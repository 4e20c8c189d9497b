#include "brink/kernels/requantize.h"

#include <bit>
#include <cstdint>

namespace brink::kernels {

Multiplier QuantizeMultiplier(double real) {
  // A model has tens of thousands: by its bits it takes a fifth of what frexp and round do.
  constexpr int kFractionBits = 52;
  constexpr uint64_t kImplicit = uint64_t{1} << kFractionBits;
  constexpr int kDropped = kFractionBits + 1 - 31;
  constexpr int kNotFinite = 0x7FF;
  const auto bits = std::bit_cast<uint64_t>(real);
  const auto exponent = static_cast<int>(bits >> kFractionBits & kNotFinite);
  if (exponent == kNotFinite) return {};
  int shift = exponent - 1022;  // zero and subnormal numbers are too small in any case
  if (shift < -32) return {};
  // In [2^30, 2^31], rounded to nearest, ties away from zero.
  const uint64_t fraction = (bits & (kImplicit - 1)) | kImplicit;
  auto fixed = static_cast<int64_t>((fraction + (uint64_t{1} << (kDropped - 1))) >> kDropped);
  if (fixed == (int64_t{1} << 31)) {
    fixed /= 2;
    ++shift;
  }
  if (shift < -31) return {};
  if (shift > 30) return {real > 0 ? INT32_MAX : -INT32_MAX, 30};
  return {static_cast<int32_t>(real > 0 ? fixed : -fixed), shift};
}

}  // namespace brink::kernels
