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

}  // namespace

// output[inner] = sum over `middle` rows of input[middle][inner] / middle.
void MeanBlock(const float* input, float* output, size_t middle, size_t inner) {
  const auto divisor = static_cast<float>(middle);
  if (inner == 1) {
    *output = SumRow(input, middle) / divisor;
    return;
  }
  std::fill_n(output, inner, 0.0F);
  for (size_t row = 0; row < middle; ++row) {
    MapPairs(output, input + row * inner, output, inner,
             [](FloatVector sum, FloatVector x) HWY_ATTR { return hn::Add(sum, x); });
  }
  const FloatVector divisors = hn::Set(kFloat, divisor);
  MapVectors(output, output, inner,
             [&](FloatVector sum) HWY_ATTR { return Divide(sum, divisors); });
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "brink/kernels/reference/copy.h"

namespace brink::kernels {
namespace {

HWY_EXPORT(MeanBlock);

// Reduced axes next to each other: the tensor is [outer, middle, inner], reduced over the middle.
struct Blocks {
  int64_t outer = 1;
  int64_t middle = 1;
  int64_t inner = 1;
  bool valid = true;

  explicit Blocks(const ReduceProblem& p) {
    bool seen = false;
    for (int axis = 0; axis < p.input.rank(); ++axis) {
      const int64_t extent = p.input[axis];
      if (p.reduced[static_cast<size_t>(axis)]) {
        valid = valid && inner == 1;
        seen = true;
        middle *= extent;
      } else {
        (seen ? inner : outer) *= extent;
      }
    }
  }
};

}  // namespace

void Mean(const ReduceProblem& problem, const float* input, float* output,
          const Parallel& parallel) {
  const Blocks blocks(problem);
  if (!blocks.valid) return reference::Mean(problem, input, output);
  const auto run = BRINK_DISPATCH(MeanBlock);
  const int64_t block = blocks.middle * blocks.inner;
  ForEachPiece(blocks.outer, std::max<int64_t>(1, (1 << 15) / std::max<int64_t>(1, block)),
               parallel, [&](int64_t begin, int64_t count) {
                 for (int64_t i = begin; i < begin + count; ++i) {
                   run(input + i * block, output + i * blocks.inner,
                       static_cast<size_t>(blocks.middle), static_cast<size_t>(blocks.inner));
                 }
               });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
