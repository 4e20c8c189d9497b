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

FloatVector Largest(const float* input, size_t depth) {
  FloatVector most = hn::Set(kFloat, input[0]);
  size_t i = 0;
  for (; i + kStep <= depth; i += kStep) most = hn::Max(most, hn::LoadU(kFloat, input + i));
  if (i < depth) {
    const FloatVector rest = LoadPart(input + i, depth - i);
    most = hn::Max(most, hn::IfThenElse(hn::FirstN(kFloat, depth - i), rest, most));
  }
  return hn::MaxOfLanes(kFloat, most);
}

// map(x) / (the sum of map(x)) for each x of a row.
template <class Map>
HWY_INLINE void NormaliseRow(const float* input, float* output, size_t depth, Map map) {
  FloatVector sums = hn::Zero(kFloat);
  size_t i = 0;
  for (; i + kStep <= depth; i += kStep) {
    const FloatVector value = map(hn::LoadU(kFloat, input + i));
    sums = hn::Add(sums, value);
    hn::StoreU(value, kFloat, output + i);
  }
  // The rest waits in a register: what a part's store wrote is slow to load again.
  const size_t left = depth - i;
  FloatVector rest = hn::Zero(kFloat);
  if (left > 0) {
    rest = hn::IfThenElseZero(hn::FirstN(kFloat, left), map(LoadPart(input + i, left)));
    sums = hn::Add(sums, rest);
  }
  const FloatVector inverse = hn::Set(kFloat, 1.0F / hn::GetLane(hn::SumOfLanes(kFloat, sums)));
  for (size_t k = 0; k < i; k += kStep) {
    hn::StoreU(hn::Mul(hn::LoadU(kFloat, output + k), inverse), kFloat, output + k);
  }
  if (left > 0) StorePart(hn::Mul(rest, inverse), output + i, left);
}

}  // namespace

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

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "brink/kernels/reference/softmax.h"

namespace brink::kernels {

HWY_EXPORT(SoftmaxRow);

namespace {

// Calls body(row) for every row, enough rows a task to be worth it.
template <class Body>
void ForEachRow(const SoftmaxShape& shape, const Parallel& parallel, Body body) {
  const int64_t rows = std::max<int64_t>(1, (1 << 13) / std::max<int64_t>(shape.depth, 1));
  ForEachPiece(shape.rows, rows, parallel, [&](int64_t begin, int64_t count) {
    for (int64_t row = begin; row < begin + count; ++row) body(row);
  });
}

}  // namespace

void Softmax(const SoftmaxShape& shape, float beta, const float* input, float* output,
             const Parallel& parallel) {
  if (shape.depth == 0) return;
  const auto run = BRINK_DISPATCH(SoftmaxRow);
  ForEachRow(shape, parallel, [&](int64_t row) {
    const int64_t at = row * shape.depth;
    run(beta, input + at, output + at, static_cast<size_t>(shape.depth));
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
  ForEachRow(arguments.shape, parallel, [&](int64_t row) {
    const int64_t at = row * arguments.shape.depth;
    reference::SoftmaxRow(softmax, arguments.input + at, arguments.output + at,
                          arguments.shape.depth);
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
