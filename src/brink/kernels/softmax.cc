#include "brink/kernels/softmax.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/softmax.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/exponential-inl.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// The last vector of a row is moved back to be whole: parts of vectors are slow to load and to
// store, on most CPUs.
HWY_INLINE FloatVector Largest(const float* input, size_t depth) {
  if (depth < kStep) {
    const FloatVector first = hn::Set(kFloat, input[0]);
    const FloatVector row = LoadPart(input, depth);
    return hn::MaxOfLanes(kFloat, hn::IfThenElse(hn::FirstN(kFloat, depth), row, first));
  }
  FloatVector most = hn::LoadU(kFloat, input + depth - kStep);
  for (size_t i = 0; i + kStep < depth; i += kStep)
    most = hn::Max(most, hn::LoadU(kFloat, input + i));
  return hn::MaxOfLanes(kFloat, most);
}

HWY_INLINE FloatVector InverseOfSum(FloatVector parts) {
  return hn::Set(kFloat, 1.0F / hn::GetLane(hn::SumOfLanes(kFloat, parts)));
}

// map(x) / (the sum of map(x)) for each x of a row.
template <class Map>
HWY_INLINE void NormaliseRow(const float* input, float* output, size_t depth, Map map) {
  if (depth < kStep) {
    const FloatVector values =
        hn::IfThenElseZero(hn::FirstN(kFloat, depth), map(LoadPart(input, depth)));
    return StorePart(hn::Mul(values, InverseOfSum(values)), output, depth);
  }
  // Some of the last vector's are in the one before it too. It waits in a register, and was loaded
  // before that was written where the row is changed in place.
  const size_t last = depth - kStep;
  const FloatVector end = map(hn::LoadU(kFloat, input + last));
  FloatVector sums = hn::Zero(kFloat);
  size_t i = 0;
  for (; i < last; i += kStep) {
    const FloatVector value = map(hn::LoadU(kFloat, input + i));
    sums = hn::Add(sums, value);
    hn::StoreU(value, kFloat, output + i);
  }
  sums = hn::Add(sums, hn::IfThenZeroElse(hn::FirstN(kFloat, i - last), end));
  const FloatVector inverse = InverseOfSum(sums);
  for (size_t k = 0; k < last; k += kStep) {
    hn::StoreU(hn::Mul(hn::LoadU(kFloat, output + k), inverse), kFloat, output + k);
  }
  hn::StoreU(hn::Mul(end, inverse), kFloat, output + last);
}

void SoftmaxRow(float beta, const float* input, float* output, size_t depth) {
  const FloatVector most = Largest(input, depth);
  const FloatVector scale = hn::Set(kFloat, beta);
  if (beta < 0) {  // the differences become positive
    NormaliseRow(input, output, depth, [&](FloatVector x) HWY_ATTR {
      return ExponentialOf(hn::Mul(hn::Sub(x, most), scale));
    });
    return;
  }
  NormaliseRow(input, output, depth, [&](FloatVector x) HWY_ATTR {
    return ExponentialOfNegative(hn::Mul(hn::Sub(x, most), scale));
  });
}

}  // namespace

// In one call: to call for a row takes about as long as a short one.
void SoftmaxRows(float beta, const float* input, float* output, const SoftmaxShape& shape) {
  const auto depth = static_cast<size_t>(shape.depth);
  for (int64_t row = 0; row < shape.rows; ++row, input += depth, output += depth)
    SoftmaxRow(beta, input, output, depth);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "brink/kernels/reference/softmax.h"

namespace brink::kernels {

HWY_EXPORT(SoftmaxRows);

namespace {

// Calls body(first row, count) so that together all rows are covered, enough a task to be worth it.
template <class Body>
void ForEachRows(const SoftmaxShape& shape, const Parallel& parallel, Body body) {
  const int64_t rows = std::max<int64_t>(1, (1 << 13) / std::max<int64_t>(shape.depth, 1));
  ForEachPiece(shape.rows, rows, parallel, body);
}

}  // namespace

void Softmax(const SoftmaxShape& shape, float beta, const float* input, float* output,
             const Parallel& parallel) {
  if (shape.depth == 0) return;
  const auto run = BRINK_DISPATCH(SoftmaxRows);
  ForEachRows(shape, parallel, [&](int64_t row, int64_t count) {
    const int64_t at = row * shape.depth;
    run(beta, input + at, output + at, {.rows = count, .depth = shape.depth});
  });
}

ShortSoftmax MakeShortSoftmax(float beta, float input_scale) {
  constexpr Affine kUnit{2.0F / 65535, 0};
  return {.exp = MakeShortTable({10.0F / 65535, 32767}, kUnit, [](float x) { return std::exp(x); }),
          .reciprocal = MakeShortTable({1.0F / 65535, -32768}, kUnit,
                                       [](float x) { return 1.0F / (1.0F + x); }),
          .input = QuantizeMultiplier(double{input_scale} * double{beta} / (10.0 / 65535.0))};
}

void Softmax(const ShortSoftmax& softmax, const QuantizedSoftmaxArguments<int16_t>& arguments,
             const Parallel& parallel) {
  if (arguments.shape.depth == 0) return;
  const int64_t depth = arguments.shape.depth;
  ForEachRows(arguments.shape, parallel, [&](int64_t row, int64_t count) {
    for (int64_t at = row * depth; at < (row + count) * depth; at += depth)
      reference::SoftmaxRow(softmax, arguments.input + at, arguments.output + at, depth);
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
