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

HWY_INLINE FloatVector InverseOfSum(FloatVector parts) {
  return hn::Set(kFloat, 1.0F / hn::GetLane(hn::SumOfLanes(kFloat, parts)));
}

// map(x - the largest) / (the sum of that) for each x of a row, which is no shorter than a vector.
template <class Map>
HWY_INLINE void NormaliseRow(const float* input, float* output, size_t depth, Map map) {
  const FloatVector most = LargestOf(input, depth);
  // Some of the last vector's are in the one before it too. It waits in a register, and was loaded
  // before that was written where the row is changed in place.
  const size_t last = depth - kStep;
  const FloatVector end = map(hn::Sub(hn::LoadU(kFloat, input + last), most));
  FloatVector sums = hn::Zero(kFloat);
  size_t i = 0;
  for (; i < last; i += kStep) {
    const FloatVector value = map(hn::Sub(hn::LoadU(kFloat, input + i), most));
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

// The same for rows that are shorter. All are loaded before one is stored: a part of a vector that
// is loaded where one was stored beside it waits for that.
template <size_t rows, class Map>
HWY_INLINE void NormaliseParts(const float* input, float* output, size_t depth, Map map) {
  FloatVector values[rows];
#pragma GCC unroll 4
  for (size_t r = 0; r < rows; ++r) values[r] = LoadPart(input + r * depth, depth);
#pragma GCC unroll 4
  for (size_t r = 0; r < rows; ++r) {
    const auto own = hn::FirstN(kFloat, depth);
    const FloatVector any = hn::Set(kFloat, hn::GetLane(values[r]));
    const FloatVector most = hn::MaxOfLanes(kFloat, hn::IfThenElse(own, values[r], any));
    const FloatVector mapped = hn::IfThenElseZero(own, map(hn::Sub(values[r], most)));
    values[r] = hn::Mul(mapped, InverseOfSum(mapped));
  }
#pragma GCC unroll 4
  for (size_t r = 0; r < rows; ++r) StorePart(values[r], output + r * depth, depth);
}

template <class Map>
HWY_INLINE void NormaliseRows(const float* input, float* output, const SoftmaxShape& shape,
                              Map map) {
  constexpr int64_t kTogether = 4;
  const auto depth = static_cast<size_t>(shape.depth);
  const auto at = [&](int64_t row) { return row * shape.depth; };
  int64_t row = 0;
  if (depth < kStep) {
    for (; row + kTogether <= shape.rows; row += kTogether)
      NormaliseParts<kTogether>(input + at(row), output + at(row), depth, map);
    for (; row < shape.rows; ++row)
      NormaliseParts<1>(input + at(row), output + at(row), depth, map);
    return;
  }
  for (; row < shape.rows; ++row) NormaliseRow(input + at(row), output + at(row), depth, map);
}

#if HWY_TARGET != HWY_SCALAR
// As many rows as a vector has lanes, a vector of each column: a row of two or three takes as long
// as one of a vector.
template <size_t depth>
HWY_INLINE void SoftmaxColumns(FloatVector beta, FloatVector (&columns)[depth]) {
  FloatVector most = columns[0];
#pragma GCC unroll 4
  for (size_t i = 1; i < depth; ++i) most = hn::Max(most, columns[i]);
  FloatVector sum = hn::Zero(kFloat);
#pragma GCC unroll 4
  for (FloatVector& column : columns) {
    column = ExponentialOfNegative(hn::Mul(hn::Sub(column, most), beta));
    sum = hn::Add(sum, column);
  }
  const FloatVector inverse = Divide(hn::Set(kFloat, 1.0F), sum);
#pragma GCC unroll 4
  for (FloatVector& column : columns) column = hn::Mul(column, inverse);
}

HWY_INLINE void SoftmaxPairs(FloatVector beta, const float* input, float* output) {
  FloatVector c[2];
  hn::LoadInterleaved2(kFloat, input, c[0], c[1]);
  SoftmaxColumns(beta, c);
  hn::StoreInterleaved2(c[0], c[1], kFloat, output);
}
HWY_INLINE void SoftmaxTriples(FloatVector beta, const float* input, float* output) {
  FloatVector c[3];
  hn::LoadInterleaved3(kFloat, input, c[0], c[1], c[2]);
  SoftmaxColumns(beta, c);
  hn::StoreInterleaved3(c[0], c[1], c[2], kFloat, output);
}

// Rows of two or three; returns how many of them were done.
int64_t ShortRows(float beta, const float* input, float* output, const SoftmaxShape& shape) {
  constexpr auto kTogether = static_cast<int64_t>(kStep);
  if (beta < 0 || shape.depth < 2 || shape.depth > 3) return 0;
  const FloatVector scale = hn::Set(kFloat, beta);
  const auto run = shape.depth == 2 ? SoftmaxPairs : SoftmaxTriples;
  const int64_t rows = shape.rows - shape.rows % kTogether;
  for (int64_t at = 0; at < rows * shape.depth; at += kTogether * shape.depth)
    run(scale, input + at, output + at);
  return rows;
}
#else
int64_t ShortRows(float, const float*, float*, const SoftmaxShape&) { return 0; }
#endif

}  // namespace

// In one call: to call for a row takes about as long as a short one.
void SoftmaxRows(float beta, const float* input, float* output, const SoftmaxShape& shape) {
  const int64_t done = ShortRows(beta, input, output, shape);
  input += done * shape.depth;
  output += done * shape.depth;
  const SoftmaxShape rest{shape.rows - done, shape.depth};
  const FloatVector scale = hn::Set(kFloat, beta);
  if (beta < 0) {  // the differences become positive
    return NormaliseRows(input, output, rest,
                         [&](FloatVector x) HWY_ATTR { return ExponentialOf(hn::Mul(x, scale)); });
  }
  NormaliseRows(input, output, rest,
                [&](FloatVector x) HWY_ATTR { return ExponentialOfNegative(hn::Mul(x, scale)); });
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
