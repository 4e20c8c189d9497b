#include "brink/kernels/activation_functions.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/activation_functions.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

void EluRange(const float* input, float* output, size_t count) {
  const FloatVector zero = hn::Zero(kFloat);
  // Below this every float's exponential is lost beside the one.
  const FloatVector least = hn::Set(kFloat, -80.0F);
  MapVectors(input, output, count, [&](FloatVector x) HWY_ATTR {
    const FloatVector bounded = hn::IfThenElse(hn::Lt(x, least), least, hn::Min(x, zero));
    return hn::IfThenElse(hn::Lt(x, zero), hn::Expm1(kFloat, bounded), x);
  });
}

void GeluApproximateRange(const float* input, float* output, size_t count) {
  const FloatVector half = hn::Set(kFloat, 0.5F);
  const FloatVector slope = hn::Set(kFloat, 0.797884561F);  // sqrt(2 / pi)
  const FloatVector cubic = hn::Set(kFloat, 0.044715F);
  const FloatVector most = hn::Set(kFloat, 10.0F);  // tanh is one beyond
  const FloatVector least = hn::Set(kFloat, -10.0F);
  const FloatVector one = hn::Set(kFloat, 1.0F);
  MapVectors(input, output, count, [&](FloatVector x) HWY_ATTR {
    const FloatVector inner = hn::Mul(slope, hn::MulAdd(hn::Mul(cubic, x), hn::Mul(x, x), x));
    const FloatVector tanh = hn::Tanh(kFloat, ClampTo(least, most, inner));
    const FloatVector value = hn::Mul(hn::Mul(half, x), hn::Add(one, tanh));
    return hn::IfThenElse(hn::Eq(x, x), value, x);
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
  if (approximate) return ForPieces(arguments, parallel, BRINK_DISPATCH(GeluApproximateRange));
  ForPieces(arguments, parallel, [](const float* input, float* output, size_t count) {
    for (size_t i = 0; i < count; ++i) output[i] = Gelu(false, input[i]);
  });
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
