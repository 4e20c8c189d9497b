#include "brink/kernels/float_functions.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/float_functions.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/divide-inl.h"
#include "brink/kernels/exponential-inl.h"
#include "brink/kernels/logarithm-inl.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/sine-inl.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

HWY_INLINE FloatVector InverseRootOf(FloatVector x) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  // A step of Newton's makes 14 bits all of them; of 0 and infinity the first guess is right, and
  // the step is not.
  const __m512 guess = _mm512_rsqrt14_ps(x.raw);
  const __m512 error = _mm512_fnmadd_ps(_mm512_mul_ps(x.raw, guess), guess, _mm512_set1_ps(1.0F));
  const __m512 half = _mm512_mul_ps(guess, _mm512_set1_ps(0.5F));
  constexpr int kZerosAndInfinities = 0x02 | 0x04 | 0x08 | 0x10;
  const __mmask16 done = _mm512_fpclass_ps_mask(x.raw, kZerosAndInfinities);
  return FloatVector{_mm512_mask_mov_ps(_mm512_fmadd_ps(half, error, guess), done, guess)};
#else
#if HWY_TARGET == HWY_AVX2
  // A step of third order makes 12 bits all of them, of positive normal numbers: the guess knows no
  // others.
  const hn::RebindToSigned<FloatTag> bits;
  constexpr int32_t kLeastNormal = 0x00800000;
  constexpr int32_t kInfinity = 0x7F800000;
  const auto at = hn::BitCast(bits, x);
  const auto normal =
      hn::And(hn::Gt(at, hn::Set(bits, kLeastNormal - 1)), hn::Lt(at, hn::Set(bits, kInfinity)));
  if (HWY_LIKELY(hn::AllTrue(bits, normal))) {
    const FloatVector guess{_mm256_rsqrt_ps(x.raw)};
    const FloatVector error = hn::NegMulAdd(hn::Mul(x, guess), guess, hn::Set(kFloat, 1.0F));
    const FloatVector part = hn::MulAdd(error, hn::Set(kFloat, 0.375F), hn::Set(kFloat, 0.5F));
    return hn::MulAdd(hn::Mul(guess, error), part, guess);
  }
#endif
  return Divide(hn::Set(kFloat, 1.0F), SquareRoot(x));
#endif
}

// As MapVectors, element by element through libm where an angle is large.
template <class Function>
HWY_INLINE void MapAngles(const float* input, float* output, size_t count, Function function,
                          float (*exact)(float)) {
  const FloatVector most = hn::Set(kFloat, kMostAngle);
  for (size_t i = 0; i < count; i += kStep) {
    const size_t left = std::min(kStep, count - i);
    const FloatVector x = left == kStep ? hn::LoadU(kFloat, input + i) : LoadPart(input + i, left);
    if (HWY_LIKELY(hn::AllTrue(kFloat, hn::Lt(hn::Abs(x), most)))) {
      const FloatVector y = function(x);
      if (left == kStep) {
        hn::StoreU(y, kFloat, output + i);
      } else {
        StorePart(y, output + i, left);
      }
    } else {
      for (size_t k = i; k < i + left; ++k) output[k] = exact(input[k]);
    }
  }
}

}  // namespace

void FloatsRange(FloatFunction function, const float* input, float* output, size_t count) {
  using V = FloatVector;
  const V one = hn::Set(kFloat, 1.0F);
  const V zero = hn::Zero(kFloat);
  const auto map = [&](auto apply) { MapVectors(input, output, count, apply); };
  switch (function) {
    case FloatFunction::kAbs:
      return map([](V x) HWY_ATTR { return hn::Abs(x); });
    case FloatFunction::kNeg:
      return map([](V x) HWY_ATTR { return hn::Neg(x); });
    case FloatFunction::kSquare:
      return map([](V x) HWY_ATTR { return hn::Mul(x, x); });
    case FloatFunction::kSqrt:
      return map([](V x) HWY_ATTR { return SquareRoot(x); });
    case FloatFunction::kRsqrt:
      return map([](V x) HWY_ATTR { return InverseRootOf(x); });
    case FloatFunction::kExp:
      return map([](V x) HWY_ATTR { return ExponentialOf(x); });
    case FloatFunction::kLog:
      return map([](V x) HWY_ATTR { return LogarithmOf(x); });
    case FloatFunction::kSin:
      return MapAngles(
          input, output, count, [](V x) HWY_ATTR { return SineOf(x); },
          [](float x) { return std::sin(x); });
    case FloatFunction::kCos:
      return MapAngles(
          input, output, count, [](V x) HWY_ATTR { return CosineOf(x); },
          [](float x) { return std::cos(x); });
    case FloatFunction::kFloor:
      return map([](V x) HWY_ATTR { return hn::Floor(x); });
    case FloatFunction::kCeil:
      return map([](V x) HWY_ATTR { return hn::Ceil(x); });
    case FloatFunction::kRound:
      return map([](V x) HWY_ATTR { return hn::Round(x); });
    case FloatFunction::kSign:
      return map([one, zero](V x) HWY_ATTR {
        return hn::Or(hn::IfThenElseZero(hn::Gt(x, zero), one),
                      hn::IfThenElseZero(hn::Lt(x, zero), hn::Neg(one)));
      });
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(FloatsRange);

void MapFloats(FloatFunction function, const UnaryArguments& arguments, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(FloatsRange);
  ForEachPiece(arguments.count, 1 << 14, parallel, [&](int64_t begin, int64_t count) {
    run(function, arguments.input + begin, arguments.output + begin, static_cast<size_t>(count));
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
