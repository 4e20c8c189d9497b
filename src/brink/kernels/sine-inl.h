// Sine and cosine of float vectors, compiled once a CPU target.
#if defined(BRINK_KERNELS_SINE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_SINE_INL_H_
#undef BRINK_KERNELS_SINE_INL_H_
#else
#define BRINK_KERNELS_SINE_INL_H_
#endif

#include "brink/kernels/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Angles of which the multiples of pi are found and taken off exactly enough are less.
inline constexpr float kMostAngle = 30000.0F;

// x - n pi of n in units of 1/2: after W. J. Cody and W. Waite, "Software manual for the elementary
// functions" (1980), pi is in parts of which the first times n is exact, or their difference is.
HWY_INLINE FloatVector LessHalfTurns(FloatVector x, FloatVector n) {
#if HWY_NATIVE_FMA
  FloatVector t = hn::NegMulAdd(n, hn::Set(kFloat, 0x1.921fb6p+1F), x);
  t = hn::NegMulAdd(n, hn::Set(kFloat, -0x1.777a5cp-24F), t);
  return hn::NegMulAdd(n, hn::Set(kFloat, -0x1.ee59dap-49F), t);
#else
  FloatVector t = hn::NegMulAdd(n, hn::Set(kFloat, 3.140625F), x);
  t = hn::NegMulAdd(n, hn::Set(kFloat, 0.0009670257568359375F), t);
  t = hn::NegMulAdd(n, hn::Set(kFloat, 6.2771141529083251953e-7F), t);
  return hn::NegMulAdd(n, hn::Set(kFloat, 1.2154201256553420762e-10F), t);
#endif
}

// sin(t) of t in [-pi / 2, pi / 2], negative where the last bit of `turns` is set: t + t^3 p(t^2),
// whose coefficients keep the relative error least, at 2^-27.
HWY_INLINE FloatVector SineOfRest(FloatVector t, FloatVector turns) {
  constexpr hn::RebindToUnsigned<FloatTag> kBits;
  const FloatVector square = hn::Mul(t, t);
  FloatVector p = hn::Set(kFloat, 0x1.5db8b8p-19F);
  p = hn::MulAdd(p, square, hn::Set(kFloat, -0x1.9f6fa6p-13F));
  p = hn::MulAdd(p, square, hn::Set(kFloat, 0x1.110ed2p-7F));
  p = hn::MulAdd(p, square, hn::Set(kFloat, -0x1.55554cp-3F));
  const FloatVector sine = hn::MulAdd(p, hn::Mul(square, t), t);
  const auto sign = hn::ShiftLeft<31>(hn::BitCast(kBits, turns));
  return hn::BitCast(kFloat, hn::Xor(hn::BitCast(kBits, sine), sign));
}

// A sum with this is rounded, in its last bits.
inline constexpr float kTurnRounder = 0x1.8p23F;
inline constexpr float kInversePi = 0x1.45f306p-2F;

// sin(x) within 2 units in the last place of |x| < kMostAngle.
HWY_INLINE FloatVector SineOf(FloatVector x) {
  const FloatVector rounder = hn::Set(kFloat, kTurnRounder);
  const FloatVector turns = hn::MulAdd(x, hn::Set(kFloat, kInversePi), rounder);
  return SineOfRest(LessHalfTurns(x, hn::Sub(turns, rounder)), turns);
}

// cos(x) = sin(x + pi / 2), likewise.
HWY_INLINE FloatVector CosineOf(FloatVector x) {
  const FloatVector rounder = hn::Set(kFloat, kTurnRounder);
  const FloatVector half = hn::Set(kFloat, 0.5F);
  const FloatVector turns = hn::Add(hn::MulAdd(x, hn::Set(kFloat, kInversePi), half), rounder);
  return SineOfRest(LessHalfTurns(x, hn::Sub(hn::Sub(turns, rounder), half)), turns);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_SINE_INL_H_
