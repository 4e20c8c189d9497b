#include "brink/kernels/widen_halves.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/widen_halves.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/tensor/float16.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using BitsTag = hn::ScalableTag<int32_t>;
using Bits = hn::Vec<BitsTag>;
constexpr BitsTag kBits{};

// As HalfToFloat; CPUs' own conversions quieten NaNs.
HWY_INLINE Bits WidenedBits(Bits halves) {
  constexpr hn::RebindToFloat<BitsTag> kFloat;
  const Bits magnitude = hn::And(halves, hn::Set(kBits, 0x7FFF));
  const auto is_finite = hn::Lt(magnitude, hn::Set(kBits, 0x7C00));
  const Bits bias = hn::IfThenElse(is_finite, hn::Set(kBits, 112 << 23), hn::Set(kBits, 224 << 23));
  const Bits normal = hn::Add(hn::ShiftLeft<13>(magnitude), bias);
  const Bits subnormal = hn::BitCast(
      kBits, hn::Mul(hn::ConvertTo(kFloat, magnitude), hn::Set(kFloat, 0x1p-24F)));  // exact
  const auto is_subnormal = hn::Lt(magnitude, hn::Set(kBits, 0x400));
  const Bits sign = hn::ShiftLeft<16>(hn::Xor(halves, magnitude));
  return hn::Or(sign, hn::IfThenElse(is_subnormal, subnormal, normal));
}

}  // namespace

void Widen(const uint16_t* halves, float* floats, int64_t count) {
  constexpr hn::Rebind<uint16_t, BitsTag> kHalves;
  const auto lanes = static_cast<int64_t>(hn::Lanes(kBits));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const Bits wide = hn::PromoteTo(kBits, hn::LoadU(kHalves, halves + i));
    hn::StoreU(hn::BitCast(hn::RebindToFloat<BitsTag>(), WidenedBits(wide)),
               hn::RebindToFloat<BitsTag>(), floats + i);
  }
  for (; i < count; ++i) floats[i] = HalfToFloat(halves[i]);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(Widen);

void WidenHalves(const uint16_t* halves, float* floats, int64_t count) {
  BRINK_DISPATCH(Widen)(halves, floats, count);
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
