#include "brink/kernels/normalize.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/normalize.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/exponential-inl.h"
#include "brink/kernels/fixed_point.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// The sum of function(x) over a row. The last vector is moved back to be whole.
template <class Function>
HWY_INLINE float SumOf(const float* input, size_t depth, Function function) {
  FloatVector sums = hn::Zero(kFloat);
  const size_t rest = depth % kStep;
  for (size_t i = 0; i + kStep <= depth; i += kStep) {
    sums = hn::Add(sums, function(hn::LoadU(kFloat, input + i)));
  }
  if (rest > 0 && depth > kStep) {
    const FloatVector value = function(hn::LoadU(kFloat, input + depth - kStep));
    sums = hn::Add(sums, hn::IfThenZeroElse(hn::FirstN(kFloat, kStep - rest), value));
  } else if (rest > 0) {
    const FloatVector value = function(LoadPart(input, rest));
    sums = hn::IfThenElseZero(hn::FirstN(kFloat, rest), value);
  }
  return hn::GetLane(hn::SumOfLanes(kFloat, sums));
}

HWY_INLINE void LogSoftmaxRow(const float* input, float* output, size_t depth) {
  const FloatVector mosts = LargestOf(input, depth);
  const float sum = SumOf(input, depth, [&](FloatVector x) HWY_ATTR {
    return ExponentialOfNegative(hn::Sub(x, mosts));
  });
  const FloatVector logarithm = hn::Set(kFloat, std::log(sum));
  MapVectors(input, output, depth,
             [&](FloatVector x) HWY_ATTR { return hn::Sub(hn::Sub(x, mosts), logarithm); });
}

HWY_INLINE void L2NormalizeRow(const float* input, float* output, size_t depth) {
  const float sum = SumOf(input, depth, [](FloatVector x) HWY_ATTR { return hn::Mul(x, x); });
  const FloatVector norm = hn::Set(kFloat, std::max(std::sqrt(sum), 1e-6F));
  MapVectors(input, output, depth, [&](FloatVector x) HWY_ATTR { return Divide(x, norm); });
}

}  // namespace

void LogSoftmaxRows(const float* input, float* output, const SoftmaxShape& shape) {
  for (int64_t at = 0; at < shape.rows * shape.depth; at += shape.depth)
    LogSoftmaxRow(input + at, output + at, static_cast<size_t>(shape.depth));
}

void L2NormalizeRows(const float* input, float* output, const SoftmaxShape& shape) {
  for (int64_t at = 0; at < shape.rows * shape.depth; at += shape.depth)
    L2NormalizeRow(input + at, output + at, static_cast<size_t>(shape.depth));
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(LogSoftmaxRows);
HWY_EXPORT(L2NormalizeRows);

// Calls body(first row, number of rows) for all of them, enough a task to be worth it.
template <class Body>
void ForEachRows(const SoftmaxShape& shape, const Parallel& parallel, Body body) {
  if (shape.depth == 0) return;
  const int64_t rows = std::max<int64_t>(1, (1 << 13) / shape.depth);
  ForEachPiece(shape.rows, rows, parallel, body);
}

// Calls body(offset of the row) for every row.
template <class Body>
void ForEachRow(const SoftmaxShape& shape, const Parallel& parallel, Body body) {
  ForEachRows(shape, parallel, [&](int64_t begin, int64_t count) {
    for (int64_t row = begin; row < begin + count; ++row) body(row * shape.depth);
  });
}

template <class T>
T Narrow(int64_t value) {
  return static_cast<T>(
      std::clamp<int64_t>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

}  // namespace

void LogSoftmax(const SoftmaxShape& shape, const float* input, float* output,
                const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(LogSoftmaxRows);
  ForEachRows(shape, parallel, [&](int64_t begin, int64_t count) {
    const int64_t at = begin * shape.depth;
    run(input + at, output + at, {.rows = count, .depth = shape.depth});
  });
}

void L2Normalize(const SoftmaxShape& shape, const float* input, float* output,
                 const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(L2NormalizeRows);
  ForEachRows(shape, parallel, [&](int64_t begin, int64_t count) {
    const int64_t at = begin * shape.depth;
    run(input + at, output + at, {.rows = count, .depth = shape.depth});
  });
}

template <class T>
void L2Normalize(int32_t input_zero_point, const QuantizedSoftmaxArguments<T>& arguments,
                 const Parallel& parallel) {
  const int64_t depth = arguments.shape.depth;
  ForEachRow(arguments.shape, parallel, [&](int64_t at) {
    int64_t sum = 0;
    for (int64_t i = at; i < at + depth; ++i) {
      const int32_t value = arguments.input[i] - input_zero_point;
      sum += value * value;
    }
    Multiplier inverse = InverseSquareRoot(static_cast<int32_t>(std::min<int64_t>(sum, INT32_MAX)));
    // The output has 7 fraction bits: int8 shifts the multiplier by them, uint8 the value.
    constexpr bool kSigned = std::is_signed_v<T>;
    if (kSigned) inverse.shift += 7;
    for (int64_t i = at; i < at + depth; ++i) {
      const int32_t value = arguments.input[i] - input_zero_point;
      arguments.output[i] =
          kSigned ? Narrow<T>(MultiplyByMultiplier(value, inverse))
                  : Narrow<T>(int64_t{128} + MultiplyByMultiplier(128 * value, inverse));
    }
  });
}
template void L2Normalize(int32_t, const QuantizedSoftmaxArguments<int8_t>&, const Parallel&);
template void L2Normalize(int32_t, const QuantizedSoftmaxArguments<uint8_t>&, const Parallel&);

void LocalResponseNormalize(const LocalResponse& r, const SoftmaxShape& shape, const float* input,
                            float* output, const Parallel& parallel) {
  ForEachRow(shape, parallel, [&](int64_t at) {
    for (int64_t c = 0; c < shape.depth; ++c) {
      const int64_t first = std::max<int64_t>(0, c - r.radius);
      const int64_t last = std::min<int64_t>(shape.depth, c + r.radius + 1);
      float sum = 0;
      for (int64_t i = first; i < last; ++i) sum += input[at + i] * input[at + i];
      output[at + c] = input[at + c] * std::pow(r.bias + r.alpha * sum, -r.beta);
    }
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
