// Functions of float vectors that are made of an exponential or of a quotient, compiled once a CPU
// target. All take NaN to NaN.
#if defined(BRINK_KERNELS_EXPONENTIAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_EXPONENTIAL_INL_H_
#undef BRINK_KERNELS_EXPONENTIAL_INL_H_
#else
#define BRINK_KERNELS_EXPONENTIAL_INL_H_
#endif

#include "brink/kernels/divide-inl.h"
#include "brink/kernels/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// 1 / b within 2 units in the last place, for b far from the ends of the range: a division takes a
// core as long as a dozen multiplications.
HWY_INLINE FloatVector Reciprocal(FloatVector b) {
  const FloatVector one = hn::Set(kFloat, 1.0F);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  const FloatVector inverse = hn::ApproximateReciprocal(b);  // 14 bits
  return hn::MulAdd(inverse, hn::NegMulAdd(b, inverse, one), inverse);
#elif HWY_TARGET == HWY_AVX2
  FloatVector inverse = hn::ApproximateReciprocal(b);  // 12 bits, not all of them for 1
  inverse = hn::MulAdd(inverse, hn::NegMulAdd(b, inverse, one), inverse);
  return hn::MulAdd(inverse, hn::NegMulAdd(b, inverse, one), inverse);
#else
  return Divide(one, b);
#endif
}

// exp(x) = 2^n (1 + rest): exp(t) of t in [-ln 2 / 2, ln 2 / 2] is about 1 + t + t^2 p(t); the
// coefficients keep the relative error of that least, at 2^-28.
class Powers {
 public:
  // Wants x in [-87, 89].
  explicit HWY_INLINE Powers(FloatVector x) {
    // A sum with this has n + 127, rounded, in its last bits: the exponent of 2^n.
    const FloatVector rounder = hn::Set(kFloat, 0x1.8p23F + 127.0F);
    const FloatVector rounded = hn::MulAdd(x, hn::Set(kFloat, 1.44269504F), rounder);
    power_ = hn::ShiftLeft<23>(hn::BitCast(kBits, rounded));
    const FloatVector n = hn::Sub(rounded, rounder);
    // ln 2 in two parts, of which the first times n is exact.
    FloatVector t = hn::NegMulAdd(n, hn::Set(kFloat, 0.693145751953125F), x);
    t = hn::NegMulAdd(n, hn::Set(kFloat, 1.428606765330187e-6F), t);
    FloatVector p = hn::Set(kFloat, 0.00138138805F);
    p = hn::MulAdd(p, t, hn::Set(kFloat, 0.00836906303F));
    p = hn::MulAdd(p, t, hn::Set(kFloat, 0.0416684225F));
    p = hn::MulAdd(p, t, hn::Set(kFloat, 0.166665182F));
    p = hn::MulAdd(p, t, hn::Set(kFloat, 0.49999994F));
    rest_ = hn::MulAdd(p, hn::Mul(t, t), t);
  }

  // exp(x) of x up to 88, NaN of NaN.
  HWY_INLINE FloatVector Exponential() const {
    const FloatVector power = hn::BitCast(kFloat, power_);
    return hn::MulAdd(rest_, power, power);
  }
  // exp(x) of numbers up to the largest float's logarithm, where 2^n is none.
  HWY_INLINE FloatVector LargeExponential() const {
    const FloatVector one = hn::Set(kFloat, 1.0F);
    const auto exponent = hn::Sub(power_, hn::BitCast(kBits, one));
    return hn::BitCast(kFloat, hn::Add(hn::BitCast(kBits, hn::Add(rest_, one)), exponent));
  }
  // exp(x) - 1 of x <= 0, NaN of NaN.
  HWY_INLINE FloatVector LessOne() const {
    const FloatVector power = hn::BitCast(kFloat, power_);
    return hn::MulAdd(rest_, power, hn::Sub(power, hn::Set(kFloat, 1.0F)));
  }

 private:
  static constexpr hn::RebindToUnsigned<FloatTag> kBits{};

  hn::Vec<hn::RebindToUnsigned<FloatTag>> power_;
  FloatVector rest_;
};

// The larger of two numbers; NaN of a NaN value.
HWY_INLINE FloatVector AtLeast(FloatVector low, FloatVector value) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
  return hn::Max(low, value);  // gives the second operand where one is NaN
#else
  return hn::IfThenElse(hn::Lt(value, low), low, value);
#endif
}

inline constexpr float kLeastExponent = -87.3365F;  // of which the exponential is a normal number

// exp(x) of x <= 0 within 2 units in the last place, 0 where it would be subnormal.
HWY_INLINE FloatVector ExponentialOfNegative(FloatVector x) {
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(kFloat, kLeastExponent)), Powers(x).Exponential());
}

// exp(x) within 2 units in the last place; overflows to infinity, 0 where it would be subnormal.
HWY_INLINE FloatVector ExponentialOf(FloatVector x) {
  const FloatVector most = hn::Set(kFloat, 88.7228394F);  // the largest float's logarithm
  const FloatVector value =
      hn::IfThenZeroElse(hn::Lt(x, hn::Set(kFloat, kLeastExponent)), Powers(x).LargeExponential());
  return hn::IfThenElse(hn::Le(x, most), value, hn::Add(x, hn::Inf(kFloat)));
}

// exp(x) - 1 of x <= 0 within 2 units in the last place.
HWY_INLINE FloatVector ExponentialLessOne(FloatVector x) {
  // Below, the exponential is lost beside the one.
  return Powers(AtLeast(hn::Set(kFloat, -80.0F), x)).LessOne();
}

// 1 / (1 + exp(-x)) within 4 units in the last place.
HWY_INLINE FloatVector LogisticOf(FloatVector x) {
  const FloatVector one = hn::Set(kFloat, 1.0F);
  const FloatVector negative = hn::Neg(x);
  if (HWY_UNLIKELY(!hn::AllFalse(kFloat, hn::Gt(negative, hn::Set(kFloat, 85.0F))))) {
    return Divide(one, hn::Add(one, ExponentialOf(negative)));
  }
  // Below, the exponential is lost beside the one.
  return Reciprocal(hn::Add(one, Powers(AtLeast(hn::Set(kFloat, -80.0F), negative)).Exponential()));
}

// tanh(x) within 4 units in the last place: (1 - e) / (1 + e) of e = exp(-2 |x|).
HWY_INLINE FloatVector TanhOf(FloatVector x) {
  const FloatVector two = hn::Set(kFloat, 2.0F);
  const FloatVector less = ExponentialLessOne(hn::Mul(hn::Abs(x), hn::Neg(two)));
  return hn::CopySign(hn::Mul(less, Reciprocal(hn::Add(less, two))), x);
}

// erf(x) within 3e-7: x P(x^2) / Q(x^2), which differs from it by 2^-25 of it at most where erf(x)
// is not one as a float; the coefficients were found by weighted least squares.
HWY_INLINE FloatVector ErfOf(FloatVector x) {
  const FloatVector one = hn::Set(kFloat, 1.0F);
  const FloatVector most = hn::Set(kFloat, 4.1F);  // where the quotient is more than one
  const FloatVector z = ClampTo(hn::Neg(most), most, x);
  const FloatVector s = hn::Mul(z, z);
  FloatVector p = hn::Set(kFloat, 0x1.133eeap-19F);
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.2aba1ep-12F));
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.ed6b06p-9F));
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.b01706p-5F));
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.85e3cep-3F));
  p = hn::MulAdd(p, s, hn::Set(kFloat, 0x1.20dd74p+0F));
  FloatVector q = hn::Set(kFloat, 0x1.3f986ep-15F);
  q = hn::MulAdd(q, s, hn::Set(kFloat, 0x1.30b1cap-10F));
  q = hn::MulAdd(q, s, hn::Set(kFloat, 0x1.ea6fb2p-7F));
  q = hn::MulAdd(q, s, hn::Set(kFloat, 0x1.d35778p-4F));
  q = hn::MulAdd(q, s, hn::Set(kFloat, 0x1.010c90p-1F));
  q = hn::MulAdd(q, s, one);
  return ClampTo(hn::Neg(one), one, hn::Mul(hn::Mul(z, p), Reciprocal(q)));
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_EXPONENTIAL_INL_H_
