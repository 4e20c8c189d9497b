// Float vectors turned into small integers when they come (see QuantiseVector), compiled once a CPU
// target; bit for bit what the scalar formula gives.
#if defined(BRINK_KERNELS_QUANTISE_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_QUANTISE_VECTOR_INL_H_
#undef BRINK_KERNELS_QUANTISE_VECTOR_INL_H_
#else
#define BRINK_KERNELS_QUANTISE_VECTOR_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "brink/kernels/divide-inl.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// stored = round(x / scale + zero) in [lowest, 127]; scale 0: all are `zero`.
struct VectorSteps {
  float scale = 0;
  float zero = 0;
  float lowest = -127;

  float real_scale() const { return scale == 0 ? 1 : scale; }
};

// The least and the largest number of some and 0.
struct Extent {
  float low = 0;
  float high = 0;
};

HWY_INLINE Extent FindExtent(std::span<const float> x) {
  struct Extremes {
    FloatVector low, high;
  };
  const auto see = [](FloatVector v, Extremes& so_far) HWY_ATTR {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
    // Of a NaN and another number x86 takes the second.
    so_far.low = hn::Min(v, so_far.low);
    so_far.high = hn::Max(v, so_far.high);
#elif HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64
    so_far.low.raw = vminnmq_f32(v.raw, so_far.low.raw);  // the number of a NaN and another
    so_far.high.raw = vmaxnmq_f32(v.raw, so_far.high.raw);
#else
    // Comparisons drop NaNs on every target, minima do not.
    so_far.low = hn::IfThenElse(hn::Lt(v, so_far.low), v, so_far.low);
    so_far.high = hn::IfThenElse(hn::Gt(v, so_far.high), v, so_far.high);
#endif
  };
  const FloatVector none = hn::Zero(kFloat);
  Extremes even{none, none};
  Extremes odd{none, none};  // so that fewer wait for one another
  size_t i = 0;
  for (; i + 2 * kStep <= x.size(); i += 2 * kStep) {
    see(hn::LoadU(kFloat, x.data() + i), even);
    see(hn::LoadU(kFloat, x.data() + i + kStep), odd);
  }
  for (; i + kStep <= x.size(); i += kStep) see(hn::LoadU(kFloat, x.data() + i), even);
  if (i < x.size()) see(LoadPart(x.data() + i, x.size() - i), odd);
  return {hn::GetLane(hn::MinOfLanes(kFloat, hn::Min(even.low, odd.low))),
          hn::GetLane(hn::MaxOfLanes(kFloat, hn::Max(even.high, odd.high)))};
}

HWY_INLINE VectorSteps StepsOf(const Extent& extent, bool asymmetric) {
  const float low = extent.low;
  const float high = extent.high;
  if (!(high > low) || !std::isfinite(high - low)) return {};
  if (!asymmetric) return {.scale = std::max(-low, high) / 127};
  const float scale = (high - low) / 255;
  return {scale, std::clamp(std::round(-128 - low / scale), -128.0F, 127.0F), -128};
}

HWY_INLINE VectorSteps FindSteps(std::span<const float> x, bool asymmetric) {
  return StepsOf(FindExtent(x), asymmetric);
}

// Makes stored - minus, which T has room for, of vectors.
template <class T>
class VectorQuantiser {
 public:
  static constexpr size_t kBlock = 4 * kStep;

  VectorQuantiser(const VectorSteps& steps, float minus)
      : scale_(hn::Set(kFloat, steps.scale)),
        inverse_(hn::Set(kFloat, 1 / steps.scale)),
        zero_(hn::Set(kFloat, steps.zero)),
        lowest_(hn::Set(kFloat, steps.lowest)),
        offset_(hn::Set(kWhole, static_cast<int32_t>(minus))),
        has_inverse_(std::isnormal(1 / steps.scale)) {}

  // One vector, by a division.
  HWY_INLINE hn::Vec<hn::Rebind<T, FloatTag>> operator()(FloatVector v) const {
    FloatVector y = hn::Add(Divide(v, scale_), zero_);
    y = hn::IfThenElse(hn::Eq(y, y), y, zero_);
    y = hn::Min(hn::Max(y, lowest_), hn::Set(kFloat, kMost));
    // Halves go away from zero, as std::round's; what is just below one stays there.
    const FloatVector almost_half = hn::Set(kFloat, 0x1.fffffep-2F);
    const FloatVector rounded = hn::Add(y, hn::CopySign(almost_half, y));
    return Narrow(hn::Sub(hn::ConvertTo(kWhole, rounded), offset_));
  }

  // kBlock numbers. Without divisions, which take longer than all the rest: by the inverse, where
  // no sum is so near to a half that its roundings may tell.
  HWY_INLINE void Block(const float* x, T* to) const {
    const FloatVector rounder = hn::Set(kFloat, kRounder);
    auto known = hn::Eq(rounder, rounder);
    FloatVector sums[kBlock / kStep];
#pragma GCC unroll 4
    for (size_t v = 0; v < kBlock / kStep; ++v) {
      const FloatVector y = hn::MulAdd(hn::LoadU(kFloat, x + v * kStep), inverse_, zero_);
      sums[v] = hn::Add(y, rounder);
      const FloatVector off = hn::Abs(hn::Sub(y, hn::Sub(sums[v], rounder)));
      known = hn::And(known, hn::Lt(off, hn::Set(kFloat, kNearHalf)));  // not for a NaN
    }
    const bool divides = !has_inverse_ || !hn::AllTrue(kFloat, known);
    const auto bits = hn::Add(offset_, hn::Set(kWhole, kRounderBits));
    const FloatVector low = hn::Add(lowest_, rounder);
    const FloatVector high = hn::Set(kFloat, kRounder + kMost);
#pragma GCC unroll 4
    for (size_t v = 0; v < kBlock / kStep; ++v) {
      if (HWY_UNLIKELY(divides)) {
        hn::StoreU((*this)(hn::LoadU(kFloat, x + v * kStep)), kStored, to + v * kStep);
        continue;
      }
      const FloatVector sum = hn::Min(hn::Max(sums[v], low), high);
      hn::StoreU(Narrow(hn::Sub(hn::BitCast(kWhole, sum), bits)), kStored, to + v * kStep);
    }
  }

 private:
  static constexpr hn::Rebind<int32_t, FloatTag> kWhole{};
  static constexpr hn::Rebind<T, FloatTag> kStored{};
  static constexpr float kMost = 127;
  // A sum with this has the nearest integer in its last bits.
  static constexpr float kRounder = 0x1.8p23F;
  static constexpr int32_t kRounderBits = 0x4B400000;
  // A half less more than the roundings of the inverse, the quotient, the product and both sums are
  // off together, of numbers up to 256.
  static constexpr float kNearHalf = 0.5F - 0x1p-12F;

  static HWY_INLINE hn::Vec<hn::Rebind<T, FloatTag>> Narrow(
      hn::Vec<hn::Rebind<int32_t, FloatTag>> integers) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    if constexpr (sizeof(T) == 1)  // one instruction, as nothing saturates
      return hn::Vec<hn::Rebind<T, FloatTag>>{_mm512_cvtepi32_epi8(integers.raw)};
#endif
    return hn::DemoteTo(kStored, integers);
  }

  FloatVector scale_, inverse_, zero_, lowest_;
  hn::Vec<hn::Rebind<int32_t, FloatTag>> offset_;
  bool has_inverse_;
};

// Stores stored - minus, which T has room for.
template <class T>
HWY_INLINE void QuantiseBy(const VectorSteps& steps, std::span<const float> x, float minus, T* to) {
  if (steps.scale == 0) {
    std::fill_n(to, x.size(), static_cast<T>(steps.zero - minus));
    return;
  }
  const hn::Rebind<T, FloatTag> stored;
  const VectorQuantiser<T> quantise(steps, minus);
  size_t i = 0;
  for (; i + quantise.kBlock <= x.size(); i += quantise.kBlock)
    quantise.Block(x.data() + i, to + i);
  for (; i + kStep <= x.size(); i += kStep) {
    hn::StoreU(quantise(hn::LoadU(kFloat, x.data() + i)), stored, to + i);
  }
  if (i == x.size()) return;
  HWY_ALIGN T lanes[kStep];
  hn::Store(quantise(LoadPart(x.data() + i, x.size() - i)), stored, lanes);
  std::copy_n(lanes, x.size() - i, to + i);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_QUANTISE_VECTOR_INL_H_
