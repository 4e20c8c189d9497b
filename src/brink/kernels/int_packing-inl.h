// How 8-bit values and zero points become what int_kernel-inl.h multiplies, compiled once a CPU
// target.
//
// 16-bit inputs and weights have their zero points taken off. Bytes have no room for that: inputs
// are moved to ByteInput's range and weights to [-128, 127] as they are, and the zero points' share
// is added to the bias (for the inputs' zero point) and by sums of inputs (for the weights').
#if defined(BRINK_KERNELS_INT_PACKING_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_INT_PACKING_INL_H_
#undef BRINK_KERNELS_INT_PACKING_INL_H_
#else
#define BRINK_KERNELS_INT_PACKING_INL_H_
#endif

#include <bit>
#include <cstdlib>
#include <limits>

#include "brink/kernels/int_kernel-inl.h"
#include "brink/kernels/quantized_conv.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

inline constexpr bool kBytes = sizeof(PackedInput) == 1;

// What is added to a stored value so that it fits its packed form.
HWY_INLINE int32_t InputShift(const QuantizedConvProblem& p) {
  if (!kBytes) return -p.input_zero_point;
  const int32_t low = p.type == Type::kInt8 ? -128 : 0;  // the type's, to become PackedInput's
  return int32_t{std::numeric_limits<PackedInput>::min()} - low;
}
HWY_INLINE int32_t WeightShift(const QuantizedConvProblem& p) {
  if (!kBytes) return -p.filter_zero_point;
  return p.filter_type == Type::kInt8 ? 0 : -128;
}

// What a tile's values are stored less, see StoredFlip.
HWY_INLINE int32_t TileZeroPoint(const QuantizedConvProblem& p) {
  return p.output_zero_point - (p.type == Type::kInt8 ? 0 : 128);
}

// The zero points in packed form.
HWY_INLINE int32_t PackedInputZero(const QuantizedConvProblem& p) {
  return p.input_zero_point + InputShift(p);
}
HWY_INLINE int32_t PackedWeightZero(const QuantizedConvProblem& p) {
  return p.filter_zero_point + WeightShift(p);
}

HWY_INLINE int32_t StoredWeight(const QuantizedConvProblem& p, const void* filter, size_t at) {
  return p.filter_type == Type::kInt8 ? int32_t{static_cast<const int8_t*>(filter)[at]}
                                      : int32_t{static_cast<const uint8_t*>(filter)[at]};
}

// What an output channel's real weights sum up to.
struct WeightSums {
  uint32_t sum = 0;        // modulo 2^32, as the reference's sums wrap
  uint64_t magnitude = 0;  // of absolute values

  void Add(int32_t weight) {
    sum += static_cast<uint32_t>(weight);
    magnitude += static_cast<uint64_t>(weight < 0 ? -weight : weight);
  }
  // At most 2^16 stored weights.
  template <class T>
  HWY_INLINE void Add(const T* stored, size_t count, int32_t zero_point) {
    int32_t total = 0;  // 32 bits, so that a loop of it is vectors
    int32_t absolute = 0;
    for (size_t i = 0; i < count; ++i) {
      const int32_t weight = stored[i] - zero_point;
      total += weight;
      absolute += weight < 0 ? -weight : weight;
    }
    sum += static_cast<uint32_t>(total);
    magnitude += static_cast<uint64_t>(absolute);
  }
};

// Rows of a panel's header (see kPanelHeaderRows), each `width` long.
struct PanelHeader {
  int32_t* rows;
  size_t width;
  int32_t input_zero;  // in packed form

  // Sets column `c` to an output channel. The header starts as zeros.
  void Set(const QuantizedConvWeights& weights, size_t channel, size_t c,
           const WeightSums& sums) const {
    if (!weights.scales.empty()) return SetReal(weights, channel, c, sums);
    const int32_t stored_bias = weights.bias == nullptr ? 0 : weights.bias[channel];
    const uint32_t bias = static_cast<uint32_t>(stored_bias) + static_cast<uint32_t>(kSumOffset);
    const auto zero = static_cast<uint32_t>(input_zero);
    const Multiplier multiplier = weights.multipliers[weights.multipliers.size() > 1 ? channel : 0];
    rows[c] = static_cast<int32_t>(bias - zero * sums.sum);
    rows[kRequantizerRow * width + c] = multiplier.value;
    rows[(kRequantizerRow + 1) * width + c] = multiplier.shift;
    constexpr uint64_t kMostInput = 255;  // less its zero point
    const auto bias_size = static_cast<uint64_t>(std::abs(int64_t{stored_bias}));
    if (!OnlyShiftsRight(multiplier, bias_size + kMostInput * sums.magnitude)) rows[width] = 1;
  }

  // Of a real output, see StoreReals.
  void SetReal(const QuantizedConvWeights& weights, size_t channel, size_t c,
               const WeightSums& sums) const {
    int32_t* to = rows + kRequantizerRow * width + c;
    to[0] = static_cast<int32_t>(sums.sum);
    to[width] = std::bit_cast<int32_t>(weights.scales[weights.scales.size() > 1 ? channel : 0]);
    to[2 * width] =
        std::bit_cast<int32_t>(weights.real_bias == nullptr ? 0.0F : weights.real_bias[channel]);
    rows[width] = 1;  // nothing to make ready
  }

  // After the last Set: makes ready what requantises to a zero point.
  void Finish(int32_t zero_point) const {
    if (rows[width] != 0) return;
    for (size_t c = 0; c < width; c += kIntLanes)
      RightRequantizer::Ready(rows + kRequantizerRow * width + c, width, zero_point);
  }
};

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_INT_PACKING_INL_H_
