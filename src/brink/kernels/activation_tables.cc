#include "brink/kernels/activation_tables.h"

#include <algorithm>
#include <cmath>

#include "brink/kernels/activation_functions.h"
#include "brink/kernels/byte_table_maker.h"

namespace brink::kernels {
namespace {

int32_t Saturate16(int64_t value) {
  return static_cast<int32_t>(std::clamp<int64_t>(value, -32768, 32767));
}

// round(a * b / 2^15) of 16-bit values, saturated.
int32_t RoundingHighMul16(int32_t a, int32_t b) {
  const int32_t product = a * b;
  const int32_t nudge = product >= 0 ? 1 << 14 : 1 - (1 << 14);
  return Saturate16((int64_t{product} + nudge) / (1 << 15));
}

// The upper half of a multiplier's 32 bits, rounded.
int32_t HighHalf(int32_t multiplier) {
  constexpr int32_t kRounding = 1 << 15;
  if (multiplier >= INT32_MAX - kRounding) return 32767;
  return (multiplier + kRounding) >> 16;
}

struct HardSwishMultipliers {
  Multiplier output;   // values of 16 bits
  Multiplier reluish;  // x + 3 in the fixed point where 6 is the whole range
};

int32_t HardSwishOf(const HardSwishMultipliers& m, int32_t value) {
  const int32_t fine = value * (1 << 7);
  const int32_t scaled = RoundingHighMul16(fine, m.output.value);
  const int exponent = m.reluish.shift;
  int32_t reluish = fine;
  if (exponent > 0) reluish = Saturate16(int64_t{reluish} << (exponent - 1));
  reluish = RoundingHighMul16(reluish, m.reluish.value);
  // Saturation is left for last, so that it saturates where relu6 does.
  if (exponent > 0) reluish = Saturate16(int64_t{reluish} << 1);
  if (exponent < 0) reluish = RoundingDivideByPowerOfTwo(reluish, -exponent);
  reluish = (reluish + (1 << 15)) >> 1;
  const int32_t product = Saturate16(reluish * scaled / (1 << 15));
  return RoundingDivideByPowerOfTwo(product, -m.output.shift);
}

}  // namespace

ByteTable EluTable(QuantizedType input, QuantizedType output) {
  return MakeFunctionTable(input, output, [](float x) { return x < 0 ? std::expm1(x) : x; });
}

ByteTable GeluTable(QuantizedType input, QuantizedType output, bool approximate) {
  return MakeFunctionTable(input, output, [approximate](float x) { return Gelu(approximate, x); });
}

std::optional<ByteTable> HardSwishTable(QuantizedType input, QuantizedType output) {
  const float fine_scale = input.affine.scale * (1.0F / 128.0F);
  const float reluish_scale = 3.0F / 32768.0F;
  HardSwishMultipliers m{QuantizeMultiplier(static_cast<double>(fine_scale / output.affine.scale)),
                         QuantizeMultiplier(static_cast<double>(fine_scale / reluish_scale))};
  if (m.output.shift > 0) return std::nullopt;
  m.output.value = HighHalf(m.output.value);
  m.reluish.value = HighHalf(m.reluish.value);
  return MakeTable(input.type, output.type, [&](int32_t value) {
    return HardSwishOf(m, value - input.affine.zero_point) + output.affine.zero_point;
  });
}

ByteTable LeakyReluTable(QuantizedType input, QuantizedType output, float alpha) {
  // Single precision: TFLite's choice.
  const Multiplier negative =
      QuantizeMultiplier(static_cast<double>(input.affine.scale * alpha / output.affine.scale));
  const Multiplier positive =
      QuantizeMultiplier(static_cast<double>(input.affine.scale / output.affine.scale));
  return MakeTable(input.type, output.type, [&](int32_t stored) {
    const int32_t value = stored - input.affine.zero_point;
    const Multiplier slope = {std::abs(negative.value), negative.shift};
    int64_t scaled = MultiplyByMultiplier(value, value >= 0 ? positive : slope);
    if (value < 0 && negative.value < 0) scaled = -scaled;
    const int64_t result = scaled + output.affine.zero_point;
    return static_cast<int32_t>(std::clamp<int64_t>(result, -1000, 1000));
  });
}

}  // namespace brink::kernels
