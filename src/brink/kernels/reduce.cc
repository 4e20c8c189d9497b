#include "brink/kernels/reduce.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/reduce.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/reduce_axes.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

constexpr size_t kChains = 8;  // of operations that hide each other's latency

// Keeps loads in their order: g++ mixes those of a round, which what fetches lines of ascending or
// descending addresses into the first cache does not follow. CPUs that execute in order want them
// mixed.
HWY_INLINE void KeepOrder() {
#if HWY_ARCH_X86
  HWY_FENCE;
#endif
}

// The second where either is a NaN, which is how x86 takes them in one instruction.
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
HWY_INLINE FloatVector Greater(FloatVector a, FloatVector b) { return hn::Max(a, b); }
HWY_INLINE FloatVector Less(FloatVector a, FloatVector b) { return hn::Min(a, b); }
#else
HWY_INLINE FloatVector Greater(FloatVector a, FloatVector b) {
  return hn::IfThenElse(hn::Gt(a, b), a, b);
}
HWY_INLINE FloatVector Less(FloatVector a, FloatVector b) {
  return hn::IfThenElse(hn::Lt(a, b), a, b);
}
#endif

// f over rows of kVectors vectors that are `stride` apart, kWays of them at once.
template <size_t kVectors, size_t kWays = kChains / kVectors, class Function>
HWY_INLINE void ReduceColumns(const float* input, size_t rows, ptrdiff_t stride, Function f,
                              FloatVector identity, FloatVector (&results)[kVectors]) {
  constexpr auto kApart = static_cast<ptrdiff_t>(kWays);
  FloatVector chains[kWays][kVectors];
#pragma GCC unroll 8
  for (size_t way = 0; way < kWays; ++way) {
#pragma GCC unroll 8
    for (size_t v = 0; v < kVectors; ++v) chains[way][v] = identity;
  }
  size_t row = 0;
  for (; row + kWays <= rows; row += kWays, input += kApart * stride) {
#pragma GCC unroll 8
    for (size_t way = 0; way < kWays; ++way) {
#pragma GCC unroll 8
      for (size_t v = 0; v < kVectors; ++v) {
        const float* at = input + static_cast<ptrdiff_t>(way) * stride + v * kStep;
        chains[way][v] = f(chains[way][v], hn::LoadU(kFloat, at));
        KeepOrder();
      }
    }
  }
  for (; row < rows; ++row, input += stride) {
#pragma GCC unroll 8
    for (size_t v = 0; v < kVectors; ++v)
      chains[0][v] = f(chains[0][v], hn::LoadU(kFloat, input + v * kStep));
  }
#pragma GCC unroll 8
  for (size_t v = 0; v < kVectors; ++v) {
    results[v] = chains[0][v];
#pragma GCC unroll 8
    for (size_t way = 1; way < kWays; ++way) results[v] = f(results[v], chains[way][v]);
  }
}

// What is done with floats, and to the result at last.
template <class Function>
struct Reducer {
  Function f;
  float identity;
  float divisor;

  HWY_INLINE FloatVector Finish(FloatVector value) const {
    return divisor == 1 ? value : Divide(value, hn::Set(kFloat, divisor));
  }

  // output[inner] = f over the rows of input[middle][inner], kVectors vectors of columns at a time;
  // returns the first column that is left. The last row comes first: what wrote a large tensor left
  // its end in the caches, and what reads it next finds its begin there.
  template <size_t kVectors>
  HWY_INLINE size_t Columns(const float* input, float* output, size_t middle, size_t inner,
                            size_t first) const {
    const float* last = input + (middle == 0 ? 0 : middle - 1) * inner;
    const auto back = -static_cast<ptrdiff_t>(inner);
    for (; first + kVectors * kStep <= inner; first += kVectors * kStep) {
      FloatVector results[kVectors];
      ReduceColumns(last + first, middle, back, f, hn::Set(kFloat, identity), results);
#pragma GCC unroll 8
      for (size_t v = 0; v < kVectors; ++v)
        hn::StoreU(Finish(results[v]), kFloat, output + first + v * kStep);
    }
    return first;
  }

  // All columns, fewer than a vector. Inlined it takes some of the speed of the others.
  HWY_NOINLINE void FewColumns(const float* input, float* output, size_t middle,
                               size_t inner) const {
    FloatVector even = hn::Set(kFloat, identity);
    FloatVector odd = even;  // so that fewer wait for one another
    size_t row = 0;
    for (; row + 2 <= middle; row += 2) {
      even = f(even, LoadPart(input + row * inner, inner));
      odd = f(odd, LoadPart(input + (row + 1) * inner, inner));
    }
    if (row < middle) even = f(even, LoadPart(input + row * inner, inner));
    StorePart(Finish(f(even, odd)), output, inner);
  }

  // f over `count` neighbours.
  HWY_INLINE float Row(const float* input, size_t count) const {
    const FloatVector start = hn::Set(kFloat, identity);
    FloatVector results[1];
    const size_t rows = count / kStep;
    constexpr auto kNext = static_cast<ptrdiff_t>(kStep);
    if (rows < kChains) {  // to bring so many chains together takes longer than they are
      ReduceColumns<1, 2>(input, rows, kNext, f, start, results);
    } else {
      ReduceColumns(input, rows, kNext, f, start, results);
    }
    FloatVector all = results[0];
    if (const size_t left = count % kStep; left != 0) {
      const FloatVector rest = LoadPart(input + count - left, left);
      all = f(all, hn::IfThenElse(hn::FirstN(kFloat, left), rest, start));
    }
    const float result = hn::GetLane(OfLanes(all));
    return divisor == 1 ? result : result / divisor;
  }

  // f over the lanes, in each of them.
  HWY_INLINE FloatVector OfLanes(FloatVector v) const {
    if constexpr (kLanes > 8) v = f(v, hn::Reverse(kFloat, v));
    if constexpr (kLanes >= 8) v = f(v, hn::Reverse8(kFloat, v));
    if constexpr (kLanes >= 4) v = f(v, hn::Reverse4(kFloat, v));
    if constexpr (kLanes >= 2) v = f(v, hn::Reverse2(kFloat, v));
    return v;
  }

  // All of them in one call: a row of a thousand numbers takes as long as two to be called for.
  void Blocks(const float* input, float* output, BlockShape shape) const {
    const auto [outer, middle, inner] = shape;
    for (size_t i = 0; i < outer; ++i, input += middle * inner, output += inner) {
      if (inner == 1) {
        *output = Row(input, middle);
      } else {
        Block(input, output, middle, inner);
      }
    }
  }

  void Block(const float* input, float* output, size_t middle, size_t inner) const {
    size_t column = Columns<kChains>(input, output, middle, inner, 0);
    column = Columns<4>(input, output, middle, inner, column);
    column = Columns<2>(input, output, middle, inner, column);
    column = Columns<1>(input, output, middle, inner, column);
    if (column == inner) return;
    if (inner >= kStep) {  // the last vector is moved back to be whole
      Columns<1>(input, output, middle, inner, inner - kStep);
    } else {
      FewColumns(input, output, middle, inner);
    }
  }
};

}  // namespace

// output[outer][inner] = the reduction of input[outer][middle][inner] over the middle, divided by
// the divisor.
void ReduceBlocks(Reduction reduction, float divisor, const float* input, float* output,
                  BlockShape shape) {
  using V = FloatVector;
  const auto run = [&](auto f, float identity) {
    Reducer<decltype(f)>{f, identity, divisor}.Blocks(input, output, shape);
  };
  constexpr float kMost = std::numeric_limits<float>::max();
  switch (reduction) {
    case Reduction::kSum:
      return run([](V a, V b) HWY_ATTR { return hn::Add(a, b); }, 0.0F);
    case Reduction::kProd:
      return run([](V a, V b) HWY_ATTR { return hn::Mul(a, b); }, 1.0F);
    case Reduction::kMax:
      return run([](V a, V b) HWY_ATTR { return Greater(a, b); }, -kMost);
    case Reduction::kMin:
      return run([](V a, V b) HWY_ATTR { return Less(a, b); }, kMost);
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(ReduceBlocks);

// The reduction, divided by the divisor.
void ReduceAll(Reduction reduction, float divisor, const BlockShape& shape, const float* input,
               float* output, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(ReduceBlocks);
  ForEachBlocks(shape, parallel, [&](size_t first, const BlockShape& blocks) {
    run(reduction, divisor, input + first * shape.middle * shape.inner,
        output + first * shape.inner, blocks);
  });
}

}  // namespace

void ReduceFloats(Reduction reduction, const ReduceProblem& problem, const float* input,
                  float* output, const Parallel& parallel) {
  if (const auto blocks = BlocksOf(problem, ReduceAxes(problem)))
    return ReduceAll(reduction, 1.0F, *blocks, input, output, parallel);
  Reduce<float>(reduction, problem, input, output, parallel);
}

void Mean(const ReduceProblem& problem, const float* input, float* output,
          const Parallel& parallel) {
  const auto each = static_cast<float>(problem.each());
  if (const auto blocks = BlocksOf(problem, ReduceAxes(problem)))
    return ReduceAll(Reduction::kSum, each, *blocks, input, output, parallel);
  Reduce<float>(Reduction::kSum, problem, input, output, parallel);
  const int64_t outputs = problem.outputs();
  for (int64_t i = 0; i < outputs; ++i) output[i] /= each;
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
