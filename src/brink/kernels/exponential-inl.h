// Functions of float vectors that are made of an exponential or of a quotient, compiled once a CPU
// target. All take NaN to NaN.
#if defined(BRINK_KERNELS_EXPONENTIAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_EXPONENTIAL_INL_H_
#undef BRINK_KERNELS_EXPONENTIAL_INL_H_
#else
#define BRINK_KERNELS_EXPONENTIAL_INL_H_
#endif

#include <cstdint>

#include "brink/kernels/divide-inl.h"
#include "brink/kernels/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// exp(x) = 2^n (1 + rest), x in [-87, 89]. By the table, exp(x) - 1 is as good as it beside 1 only.
template <bool kByTable>
class PowersBy {
 public:
  static HWY_INLINE PowersBy Of(FloatVector x) {
    const FloatVector rounded = hn::MulAdd(x, hn::Set(kFloat, kLog2OfE), Rounder());
    const FloatVector n = hn::Sub(rounded, Rounder());
    return PowersBy(rounded, LessLow(n, hn::NegMulAdd(n, hn::Set(kFloat, kHighLn2), x)));
  }
  // exp(-x).
  static HWY_INLINE PowersBy OfNegated(FloatVector x) {
    const FloatVector rounded = hn::NegMulAdd(x, hn::Set(kFloat, kLog2OfE), Rounder());
    const FloatVector n = hn::Sub(rounded, Rounder());
    return PowersBy(rounded, LessLow(n, hn::NegMulSub(n, hn::Set(kFloat, kHighLn2), x)));
  }
  // 2^y.
  static HWY_INLINE PowersBy OfTwo(FloatVector y) {
    const FloatVector rounded = hn::Add(y, Rounder());
    const FloatVector part = hn::Sub(y, hn::Sub(rounded, Rounder()));
    return PowersBy(rounded, hn::Mul(part, hn::Set(kFloat, 0.693147181F)));
  }

  // exp(x) of x up to 88, NaN of NaN.
  HWY_INLINE FloatVector Exponential() const {
    const FloatVector power = hn::BitCast(kFloat, power_);
    return hn::MulAdd(rest_, power, power);
  }
  // exp(x) of numbers up to the largest float's logarithm, where 2^n is none.
  HWY_INLINE FloatVector LargeExponential() const {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    const Bits mantissa = hn::Or(hn::And(power_, hn::Set(kBits, 0x007fffff)), BitsOfOne());
    const FloatVector root = hn::BitCast(kFloat, mantissa);
    const FloatVector n = hn::Sub(rounded_, Rounder());
    return FloatVector{_mm512_scalef_ps(hn::MulAdd(rest_, root, root).raw, n.raw)};
#else
    const FloatVector sum = hn::Add(rest_, hn::Set(kFloat, 1.0F));
    return hn::BitCast(kFloat, hn::Add(hn::BitCast(kBits, sum), hn::Sub(power_, BitsOfOne())));
#endif
  }
  // exp(x) - 1 of x <= 0, NaN of NaN.
  HWY_INLINE FloatVector LessOne() const {
    const FloatVector power = hn::BitCast(kFloat, power_);
    return hn::MulAdd(rest_, power, hn::Sub(power, hn::Set(kFloat, 1.0F)));
  }

 private:
  static constexpr hn::RebindToUnsigned<FloatTag> kBits{};
  using Bits = hn::Vec<hn::RebindToUnsigned<FloatTag>>;
  static constexpr float kLog2OfE = 1.44269504F;
  // ln 2 in two parts, of which the first times n is exact.
  static constexpr float kHighLn2 = 0.693145751953125F;
  static constexpr float kLowLn2 = 1.428606765330187e-6F;

  // A sum with this has n, rounded, in its last bits: in sixteenths, or with 127 added, as the
  // exponent of 2^n has it.
  static HWY_INLINE FloatVector Rounder() {
    return hn::Set(kFloat, kByTable ? 0x1.8p19F : 0x1.8p23F + 127.0F);
  }

  static HWY_INLINE Bits BitsOfOne() { return hn::BitCast(kBits, hn::Set(kFloat, 1.0F)); }

  static HWY_INLINE FloatVector LessLow(FloatVector n, FloatVector t) {
    return hn::NegMulAdd(n, hn::Set(kFloat, kLowLn2), t);
  }

  // Of the sum, and what is left to the power of e: exp(t) is about 1 + t + t^2 p(t).
  HWY_INLINE PowersBy(FloatVector rounded, FloatVector t) : rounded_(rounded) {
    const Bits bits = hn::BitCast(kBits, rounded);
    FloatVector p;
    if constexpr (kByTable) {
      power_ = hn::Add(Roots(bits), hn::ShiftLeft<19>(bits));
      // Within 2^-29 of exp(t), t in [-ln 2 / 32, ln 2 / 32].
      p = hn::MulAdd(hn::Set(kFloat, 0x1.55573cp-3F), t, hn::Set(kFloat, 0x1.00022p-1F));
    } else {
      power_ = hn::ShiftLeft<23>(bits);
      // Within 2^-28, t in [-ln 2 / 2, ln 2 / 2].
      p = hn::Set(kFloat, 0.00138138805F);
      p = hn::MulAdd(p, t, hn::Set(kFloat, 0.00836906303F));
      p = hn::MulAdd(p, t, hn::Set(kFloat, 0.0416684225F));
      p = hn::MulAdd(p, t, hn::Set(kFloat, 0.166665182F));
      p = hn::MulAdd(p, t, hn::Set(kFloat, 0.49999994F));
    }
    rest_ = hn::MulAdd(p, hn::Mul(t, t), t);
  }

  // The bits of 2^(k / 16) less k / 16 of an exponent, k the last four bits: after P. T. P. Tang,
  // "Table-driven implementation of the exponential function" (ACM TOMS 15, 1989).
  static HWY_INLINE Bits Roots(Bits sixteenths) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    alignas(64) static constexpr uint32_t kRoots[16] = {
        0x3f800000, 0x3f7daac3, 0x3f7b95c2, 0x3f79c3d3, 0x3f7837f0, 0x3f76f532,
        0x3f75fed7, 0x3f75583f, 0x3f7504f3, 0x3f7508a4, 0x3f75672a, 0x3f76248c,
        0x3f7744fd, 0x3f78ccdf, 0x3f7ac0c7, 0x3f7d257d};
    return {_mm512_permutexvar_epi32(sixteenths.raw, _mm512_load_si512(kRoots))};
#else
    return sixteenths;  // never asked: a vector has no 16 lanes
#endif
  }

  FloatVector rounded_;
  Bits power_;
  FloatVector rest_;
};

inline constexpr bool kHasRoots = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL;
using Powers = PowersBy<kHasRoots>;

// The larger of two numbers; NaN of a NaN value.
HWY_INLINE FloatVector AtLeast(FloatVector low, FloatVector value) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
  return hn::Max(low, value);  // gives the second operand where one is NaN
#else
  return hn::IfThenElse(hn::Lt(value, low), low, value);
#endif
}

// The smaller of two numbers; NaN of a NaN value.
HWY_INLINE FloatVector AtMost(FloatVector high, FloatVector value) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
  return hn::Min(high, value);
#else
  return hn::IfThenElse(hn::Gt(value, high), high, value);
#endif
}

inline constexpr float kLeastExponent = -87.3365F;  // of which the exponential is a normal number

// exp(x) of x <= 0 within 2 units in the last place, 0 where it would be subnormal.
HWY_INLINE FloatVector ExponentialOfNegative(FloatVector x) {
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(kFloat, kLeastExponent)),
                            Powers::Of(x).Exponential());
}

// exp(x) within 2 units in the last place; overflows to infinity, may be 0 where it is subnormal.
HWY_INLINE FloatVector ExponentialOf(FloatVector x) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  return Powers::Of(ClampTo(hn::Set(kFloat, -104.0F), hn::Set(kFloat, 89.0F), x))
      .LargeExponential();
#else
  const FloatVector most = hn::Set(kFloat, 88.7228394F);  // the largest float's logarithm
  const FloatVector value = hn::IfThenZeroElse(hn::Lt(x, hn::Set(kFloat, kLeastExponent)),
                                               Powers::Of(x).LargeExponential());
  return hn::IfThenElse(hn::Le(x, most), value, hn::Add(x, hn::Inf(kFloat)));
#endif
}

// exp(x) - 1 of x <= 0 within 2 units in the last place.
HWY_INLINE FloatVector ExponentialLessOne(FloatVector x) {
  // Below, the exponential is lost beside the one.
  return PowersBy<false>::Of(AtLeast(hn::Set(kFloat, -80.0F), x)).LessOne();
}

// 1 / (1 + exp(-x)) within 4 units in the last place.
HWY_INLINE FloatVector LogisticOf(FloatVector x) {
  const FloatVector one = hn::Set(kFloat, 1.0F);
  if (HWY_UNLIKELY(!hn::AllFalse(kFloat, hn::Lt(x, hn::Set(kFloat, -85.0F))))) {
    return Divide(one, hn::Add(one, ExponentialOf(hn::Neg(x))));
  }
  // Above, the exponential is lost beside the one.
  const FloatVector z = AtMost(hn::Set(kFloat, 80.0F), x);
  return Divide(one, hn::Add(one, Powers::OfNegated(z).Exponential()));
}

// tanh(x) within 6 units in the last place: x P(x^2) / Q(x^2), which differs from it by 2^-25.5 of
// it at most where tanh(x) is not one as a float; the coefficients were found by weighted least
// squares.
HWY_INLINE FloatVector TanhOf(FloatVector x) {
  const FloatVector one = hn::Set(kFloat, 1.0F);
  // The first of which the quotient is one, as it stays.
  const FloatVector most = hn::Set(kFloat, HWY_NATIVE_FMA ? 0x1.003dbep+3F : 0x1.fc9df4p+2F);
  const FloatVector z = ClampTo(hn::Neg(most), most, x);
  const FloatVector s = hn::Mul(z, z);
  FloatVector p = hn::Set(kFloat, 0x1.c99d3ap-27F);
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.595302p-16F));
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.c9f736p-9F));
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.12041cp-3F));
  p = hn::MulAdd(p, s, one);
  FloatVector q = hn::Set(kFloat, 0x1.a0b42p-21F);
  q = hn::MulAdd(q, s, hn::Set(kFloat, 0x1.58406p-12F));
  q = hn::MulAdd(q, s, hn::Set(kFloat, 0x1.a7de9cp-6F));
  q = hn::MulAdd(q, s, hn::Set(kFloat, 0x1.de5756p-2F));
  q = hn::MulAdd(q, s, one);
  return Divide(hn::Mul(z, p), q);
}

// erf(x / sqrt(2)) / 2 within 1e-7: x P(x^2) / Q(x^2), which differs from it by 2^-26.6 at most
// where it is not 1/2 as a float; the coefficients were found by least squares.
HWY_INLINE FloatVector HalfErfOf(FloatVector x) {
  const FloatVector half = hn::Set(kFloat, 0.5F);
  const FloatVector most = hn::Set(kFloat, 5.71F);
  const FloatVector z = ClampTo(hn::Neg(most), most, x);
  const FloatVector s = hn::Mul(z, z);
  FloatVector p = hn::Set(kFloat, 0x1.336b74p-6F);
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.58b48ep+2F));
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.269ce6p+7F));
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.f293e8p+11F));
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.c71e0cp+14F));
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.4a1b98p+18F));
  FloatVector q = hn::Add(s, hn::Set(kFloat, 0x1.fd1582p+5F));
  q = hn::MulAdd(q, s, hn::Set(kFloat, 0x1.953aa8p+10F));
  q = hn::MulAdd(q, s, hn::Set(kFloat, 0x1.7f272ep+14F));
  q = hn::MulAdd(q, s, hn::Set(kFloat, 0x1.a26b08p+17F));
  q = hn::MulAdd(q, s, hn::Set(kFloat, 0x1.9dbaap+19F));
  return ClampTo(hn::Neg(half), half, Divide(hn::Mul(z, p), q));
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_EXPONENTIAL_INL_H_
