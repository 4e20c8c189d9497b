// The natural logarithm of float vectors, compiled once a CPU target.
#if defined(BRINK_KERNELS_LOGARITHM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_LOGARITHM_INL_H_
#undef BRINK_KERNELS_LOGARITHM_INL_H_
#else
#define BRINK_KERNELS_LOGARITHM_INL_H_
#endif

#include <cstdint>
#include <limits>

#include "brink/kernels/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// log(x) within 2 units in the last place, of zero -infinity, of less NaN. All coefficients keep
// the relative error of log(1 + r) least.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
// x = 2^n m of m in [3/4, 3/2), log(x) = n log(2) - log(c) + log(1 + r) of r = c m - 1, where a
// table has a short c near 1 / m, so that |r| <= 1/16 is nearly exact: after P. T. P. Tang,
// "Table-driven implementation of the logarithm function" (ACM TOMS 16, 1990). Around 1, c is 1.
HWY_INLINE FloatVector LogarithmOf(FloatVector x) {
  // By the first four bits of the mantissa, the latter half for m < 1.
  alignas(64) static constexpr float kInverses[16] = {
      1.0F,        0.9140625F, 0.86328125F, 0.8203125F,  0.78125F,    0.74609375F,
      0.7109375F,  0.6796875F, 1.3046875F,  1.25390625F, 1.20703125F, 1.1640625F,
      1.12109375F, 1.0859375F, 1.05078125F, 1.0F};
  alignas(64) static constexpr float kLogarithms[16] = {// -log(c)
                                                        0.0F,
                                                        0x1.700d3p-4F,
                                                        0x1.2d161p-3F,
                                                        0x1.95a5aep-3F,
                                                        0x1.f991c6p-3F,
                                                        0x1.2bef08p-2F,
                                                        0x1.5d5bdep-2F,
                                                        0x1.8b639ap-2F,
                                                        -0x1.1058cp-2F,
                                                        -0x1.cf6354p-3F,
                                                        -0x1.815c0ap-3F,
                                                        -0x1.371fc2p-3F,
                                                        -0x1.d4313ep-4F,
                                                        -0x1.51b074p-4F,
                                                        -0x1.95c83p-5F,
                                                        0.0F};
  // What is asked of the mantissa gives NaN for negative numbers; the exponents are infinite where
  // the logarithm is, of infinity and 0.
  const __m512 m = _mm512_getmant_ps(x.raw, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
  const FloatVector n{_mm512_sub_ps(_mm512_getexp_ps(x.raw), _mm512_getexp_ps(m))};
  const __m512i place = _mm512_srli_epi32(_mm512_castps_si512(m), 19);
  const FloatVector inverse{_mm512_permutexvar_ps(place, _mm512_load_ps(kInverses))};
  const FloatVector logarithm{_mm512_permutexvar_ps(place, _mm512_load_ps(kLogarithms))};
  const FloatVector r = hn::MulSub(FloatVector{m}, inverse, hn::Set(kFloat, 1.0F));
  FloatVector p = hn::Set(kFloat, 0x1.8a78bp-3F);
  p = hn::MulAdd(p, r, hn::Set(kFloat, -0x1.00603p-2F));
  p = hn::MulAdd(p, r, hn::Set(kFloat, 0x1.55585ap-2F));
  p = hn::MulAdd(p, r, hn::Set(kFloat, -0x1.fffff4p-2F));
  const FloatVector whole = hn::MulAdd(n, hn::Set(kFloat, 0x1.62e43p-1F), logarithm);
  return hn::Add(whole, hn::MulAdd(p, hn::Mul(r, r), r));
}
#else
// x = 2^n (1 + r) of 1 + r in [sqrt(1/2), sqrt(2)), log(x) = n log(2) + r + r^2 p(r).
HWY_INLINE FloatVector LogarithmOf(FloatVector x) {
  constexpr hn::RebindToSigned<FloatTag> kInts;
  const FloatVector zero = hn::Zero(kFloat);
  const FloatVector infinity = hn::Inf(kFloat);
  // A subnormal number has no exponent of its own.
  const auto tiny = hn::Lt(x, hn::Set(kFloat, std::numeric_limits<float>::min()));
  const FloatVector scaled = hn::IfThenElse(tiny, hn::Mul(x, hn::Set(kFloat, 0x1p25F)), x);
  const auto root = hn::Set(kInts, 0x3f3504f3);  // sqrt(1/2)
  const auto above = hn::Sub(hn::BitCast(kInts, scaled), root);
  const auto mantissa = hn::Add(hn::And(above, hn::Set(kInts, 0x007fffff)), root);
  const FloatVector n = hn::Sub(hn::ConvertTo(kFloat, hn::ShiftRight<23>(above)),
                                hn::IfThenElseZero(tiny, hn::Set(kFloat, 25.0F)));
  const FloatVector r = hn::Sub(hn::BitCast(kFloat, mantissa), hn::Set(kFloat, 1.0F));
  FloatVector p = hn::Set(kFloat, 0x1.65c7dcp-4F);
  p = hn::MulAdd(p, r, hn::Set(kFloat, -0x1.250504p-3F));
  p = hn::MulAdd(p, r, hn::Set(kFloat, 0x1.31854p-3F));
  p = hn::MulAdd(p, r, hn::Set(kFloat, -0x1.535d24p-3F));
  p = hn::MulAdd(p, r, hn::Set(kFloat, 0x1.98d2bcp-3F));
  p = hn::MulAdd(p, r, hn::Set(kFloat, -0x1.00049ap-2F));
  p = hn::MulAdd(p, r, hn::Set(kFloat, 0x1.5556f4p-2F));
  p = hn::MulAdd(p, r, hn::Set(kFloat, -0x1.fffffap-2F));
  FloatVector result = hn::MulAdd(p, hn::Mul(r, r), r);
  result = hn::MulAdd(n, hn::Set(kFloat, 0x1.62e43p-1F), result);
  // Where x is no positive finite number the polynomial has no meaning.
  result = hn::IfThenElse(hn::Lt(x, infinity), result, x);
  result = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), result);
  return hn::IfThenElse(hn::Lt(x, zero), hn::NaN(kFloat), result);
}
#endif

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_LOGARITHM_INL_H_
