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

// Stores stored - minus, which T has room for.
template <class T>
HWY_INLINE void QuantiseBy(const VectorSteps& steps, std::span<const float> x, float minus, T* to) {
  if (steps.scale == 0) {
    std::fill_n(to, x.size(), static_cast<T>(steps.zero - minus));
    return;
  }
  const hn::Rebind<int32_t, FloatTag> whole;
  const hn::Rebind<T, FloatTag> stored;
  const FloatVector scale = hn::Set(kFloat, steps.scale);
  const FloatVector zero = hn::Set(kFloat, steps.zero);
  const FloatVector lowest = hn::Set(kFloat, steps.lowest);
  const FloatVector most = hn::Set(kFloat, 127.0F);
  // Halves go away from zero, as std::round's; what is just below one stays there.
  const FloatVector almost_half = hn::Set(kFloat, 0x1.fffffep-2F);
  const auto offset = hn::Set(whole, static_cast<int32_t>(minus));
  const auto quantise = [&](FloatVector v) HWY_ATTR {
    FloatVector y = hn::Add(Divide(v, scale), zero);
    y = hn::IfThenElse(hn::Eq(y, y), y, zero);
    y = hn::Min(hn::Max(y, lowest), most);
    const FloatVector rounded = hn::Add(y, hn::CopySign(almost_half, y));
    const auto integers = hn::Sub(hn::ConvertTo(whole, rounded), offset);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    if constexpr (sizeof(T) == 1)  // one instruction, as nothing saturates
      return hn::Vec<decltype(stored)>{_mm512_cvtepi32_epi8(integers.raw)};
#endif
    return hn::DemoteTo(stored, integers);
  };
  size_t i = 0;
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
