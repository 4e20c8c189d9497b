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

HWY_INLINE VectorSteps FindSteps(std::span<const float> x, bool asymmetric) {
  // Comparisons drop NaNs on every target, minima do not.
  FloatVector lows = hn::Zero(kFloat);
  FloatVector highs = hn::Zero(kFloat);
  const auto see = [&](FloatVector v) HWY_ATTR {
    lows = hn::IfThenElse(hn::Lt(v, lows), v, lows);
    highs = hn::IfThenElse(hn::Gt(v, highs), v, highs);
  };
  size_t i = 0;
  for (; i + kStep <= x.size(); i += kStep) see(hn::LoadU(kFloat, x.data() + i));
  if (i < x.size()) see(LoadPart(x.data() + i, x.size() - i));
  const float low = hn::GetLane(hn::MinOfLanes(kFloat, lows));
  const float high = hn::GetLane(hn::MaxOfLanes(kFloat, highs));
  if (!(high > low) || !std::isfinite(high - low)) return {};
  if (!asymmetric) return {.scale = std::max(-low, high) / 127};
  const float scale = (high - low) / 255;
  return {scale, std::clamp(std::round(-128 - low / scale), -128.0F, 127.0F), -128};
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
  const FloatVector half = hn::Set(kFloat, 0.5F);
  const auto offset = hn::Set(whole, static_cast<int32_t>(minus));
  const auto quantise = [&](FloatVector v) HWY_ATTR {
    FloatVector y = hn::Add(Divide(v, scale), zero);
    y = hn::IfThenElse(hn::Eq(y, y), y, zero);
    y = hn::Min(hn::Max(y, lowest), most);
    // Halves go away from zero, as std::round's.
    const FloatVector cut = hn::ConvertTo(kFloat, hn::ConvertTo(whole, y));
    const FloatVector one = hn::CopySign(hn::Set(kFloat, 1.0F), y);
    const auto up = hn::Ge(hn::Abs(hn::Sub(y, cut)), half);
    const FloatVector rounded = hn::Add(cut, hn::IfThenElseZero(up, one));
    return hn::DemoteTo(stored, hn::Sub(hn::ConvertTo(whole, rounded), offset));
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
