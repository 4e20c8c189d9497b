#include "brink/kernels/reduce.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/reduce.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// The sum of `count` neighbours.
float SumRow(const float* input, size_t count) {
  FloatVector sums = hn::Zero(kFloat);
  size_t i = 0;
  for (; i + kStep <= count; i += kStep) sums = hn::Add(sums, hn::LoadU(kFloat, input + i));
  if (i < count) sums = hn::Add(sums, LoadPart(input + i, count - i));
  return hn::GetLane(hn::SumOfLanes(kFloat, sums));
}

// The sums of kStep columns, `count` of them given, over rows that are `stride` apart.
FloatVector SumColumns(const float* input, size_t rows, size_t stride, size_t count) {
  constexpr size_t kWays = 4;  // that hide each other's latency
  const auto load = [&](size_t row) HWY_ATTR {
    const float* from = input + row * stride;
    return count == kStep ? hn::LoadU(kFloat, from) : LoadPart(from, count);
  };
  FloatVector a = hn::Zero(kFloat);
  FloatVector b = a;
  FloatVector c = a;
  FloatVector d = a;
  size_t row = 0;
  for (; row + kWays <= rows; row += kWays) {
    a = hn::Add(a, load(row));
    b = hn::Add(b, load(row + 1));
    c = hn::Add(c, load(row + 2));
    d = hn::Add(d, load(row + 3));
  }
  for (; row < rows; ++row) a = hn::Add(a, load(row));
  return hn::Add(hn::Add(a, b), hn::Add(c, d));
}

// output[inner] = sum over `middle` rows / divisor, in registers: few columns.
void MeanOfColumns(const float* input, float* output, size_t middle, size_t inner,
                   FloatVector divisor) {
  for (size_t i = 0; i < inner; i += kStep) {
    const size_t count = std::min(kStep, inner - i);
    const FloatVector mean = Divide(SumColumns(input + i, middle, inner, count), divisor);
    if (count == kStep) {
      hn::StoreU(mean, kFloat, output + i);
    } else {
      StorePart(mean, output + i, count);
    }
  }
}

}  // namespace

// output[inner] = sum over `middle` rows of input[middle][inner] / middle.
void MeanBlock(const float* input, float* output, size_t middle, size_t inner) {
  const auto divisor = static_cast<float>(middle);
  if (inner == 1) {
    *output = SumRow(input, middle) / divisor;
    return;
  }
  const FloatVector divisors = hn::Set(kFloat, divisor);
  constexpr size_t kFewColumns = 4 * kStep;  // whole lines of the cache are used at once beyond
  if (inner <= kFewColumns) return MeanOfColumns(input, output, middle, inner, divisors);
  std::fill_n(output, inner, 0.0F);
  for (size_t row = 0; row < middle; ++row) {
    MapPairs(output, input + row * inner, output, inner,
             [](FloatVector sum, FloatVector x) HWY_ATTR { return hn::Add(sum, x); });
  }
  MapVectors(output, output, inner,
             [&](FloatVector sum) HWY_ATTR { return Divide(sum, divisors); });
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "brink/kernels/reduce_axes.h"

namespace brink::kernels {
namespace {

HWY_EXPORT(MeanBlock);

// Reduced axes that are not next to each other.
void ScatteredMean(const ReduceProblem& problem, const float* input, float* output) {
  const ReduceAxes axes(problem);
  const int64_t outputs = problem.outputs();
  std::fill_n(output, outputs, 0.0F);
  ReduceRows<float, float>(axes, 0, axes.rows(), input, output, 0.0F,
                           [](float a, float b) { return a + b; });
  const auto each = static_cast<float>(problem.each());
  for (int64_t i = 0; i < outputs; ++i) output[i] /= each;
}

}  // namespace

void Mean(const ReduceProblem& problem, const float* input, float* output,
          const Parallel& parallel) {
  const ReduceAxes axes(problem);
  // The tensor as [outer, middle, inner], reduced over the middle.
  const int first = axes.axes[0].reduced ? 0 : 1;
  if (axes.rank > first + 2) return ScatteredMean(problem, input, output);
  const int64_t middle = problem.each();
  const int64_t outer = first == 1 ? axes.axes[0].extent : 1;
  const int64_t inner = axes.rank == first + 2 ? axes.inner().extent : 1;
  const auto run = BRINK_DISPATCH(MeanBlock);
  const int64_t block = middle * inner;
  ForEachPiece(outer, std::max<int64_t>(1, (1 << 15) / std::max<int64_t>(1, block)), parallel,
               [&](int64_t begin, int64_t count) {
                 for (int64_t i = begin; i < begin + count; ++i) {
                   run(input + i * block, output + i * inner, static_cast<size_t>(middle),
                       static_cast<size_t>(inner));
                 }
               });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
