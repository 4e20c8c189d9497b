#include "brink/kernels/activation_functions.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/activation_functions.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/exponential-inl.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

void EluRange(const float* input, float* output, size_t count) {
  const FloatVector zero = hn::Zero(kFloat);
  MapVectors(input, output, count, [&](FloatVector x) HWY_ATTR {
    return hn::IfThenElse(hn::Lt(x, zero), ExponentialLessOne(x), x);
  });
}

void GeluRange(const float* input, float* output, size_t count) {
  const FloatVector half = hn::Set(kFloat, 0.5F);
  MapVectors(input, output, count,
             [&](FloatVector x) HWY_ATTR { return hn::Mul(x, hn::Add(HalfErfOf(x), half)); });
}

// x (1 + tanh(y)) / 2 is x / (1 + exp(-2 y)), here 2^(-2 y / ln 2).
void GeluApproximateRange(const float* input, float* output, size_t count) {
  const FloatVector slope = hn::Set(kFloat, -2.302208198F);  // -2 sqrt(2 / pi) / ln 2
  const FloatVector cubic = hn::Set(kFloat, -0.102943240F);  // times 0.044715
  const FloatVector one = hn::Set(kFloat, 1.0F);
  // Beyond, the result is the input and less than any that is told from 0.
  const FloatVector most = hn::Set(kFloat, 9.99F);
  const FloatVector least = hn::Neg(most);
  MapVectors(input, output, count, [&](FloatVector x) HWY_ATTR {
    const FloatVector number = AtLeast(least, x);
    const FloatVector z = AtMost(most, number);
    const FloatVector y = hn::Mul(z, hn::MulAdd(cubic, hn::Mul(z, z), slope));
    return Divide(number, hn::Add(Powers::OfTwo(y).Exponential(), one));
  });
}

void HardSwishRange(const float* input, float* output, size_t count) {
  const FloatVector low = hn::Zero(kFloat);
  const FloatVector high = hn::Set(kFloat, 6.0F);
  const FloatVector three = hn::Set(kFloat, 3.0F);
  const FloatVector sixth = hn::Set(kFloat, 1.0F / 6.0F);
  MapVectors(input, output, count, [&](FloatVector x) HWY_ATTR {
    return hn::Mul(hn::Mul(x, ClampTo(low, high, hn::Add(x, three))), sixth);
  });
}

void LeakyReluRange(float alpha, const float* input, float* output, size_t count) {
  const FloatVector slope = hn::Set(kFloat, alpha);
  const FloatVector zero = hn::Zero(kFloat);
  MapVectors(input, output, count, [&](FloatVector x) HWY_ATTR {
    return hn::IfThenElse(hn::Gt(x, zero), x, hn::Mul(x, slope));
  });
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(EluRange);
HWY_EXPORT(GeluRange);
HWY_EXPORT(GeluApproximateRange);
HWY_EXPORT(HardSwishRange);
HWY_EXPORT(LeakyReluRange);

template <class Function>
void ForPieces(const UnaryArguments& a, const Parallel& parallel, Function run) {
  ForEachPiece(a.count, 1 << 13, parallel, [&](int64_t begin, int64_t count) {
    run(a.input + begin, a.output + begin, static_cast<size_t>(count));
  });
}

}  // namespace

void Elu(const UnaryArguments& arguments, const Parallel& parallel) {
  ForPieces(arguments, parallel, BRINK_DISPATCH(EluRange));
}

float Gelu(bool approximate, float x) {
  if (approximate) {
    return 0.5F * x * (1.0F + std::tanh(0.797884561F * (x + 0.044715F * x * x * x)));
  }
  return 0.5F * x * (1.0F + std::erf(x * 0.707106781F));
}

void Gelu(bool approximate, const UnaryArguments& arguments, const Parallel& parallel) {
  ForPieces(arguments, parallel,
            approximate ? BRINK_DISPATCH(GeluApproximateRange) : BRINK_DISPATCH(GeluRange));
}

void HardSwish(const UnaryArguments& arguments, const Parallel& parallel) {
  ForPieces(arguments, parallel, BRINK_DISPATCH(HardSwishRange));
}

void LeakyRelu(float alpha, const UnaryArguments& arguments, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(LeakyReluRange);
  ForPieces(arguments, parallel, [run, alpha](const float* input, float* output, size_t count) {
    run(alpha, input, output, count);
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
