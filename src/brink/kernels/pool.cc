#include "brink/kernels/pool.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/pool.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pool_rows.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// The cells of one output pixel that lie in the input, for the channels from `cells` on.
struct Window {
  const float* cells;
  size_t row_step;
  size_t cell_step;
  int rows;
  int columns;
};

// Folds the same `kVectors` vectors of channels of every cell.
template <int kVectors, class Fold>
HWY_INLINE void FoldCells(const Window& w, Fold fold, FloatVector* state) {
  for (int y = 0; y < w.rows; ++y) {
    const float* cell = w.cells + static_cast<size_t>(y) * w.row_step;
    for (int x = 0; x < w.columns; ++x, cell += w.cell_step) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        state[v] = fold(state[v], hn::LoadU(kFloat, cell + v * kLanes));
      }
    }
  }
}

// Fewer channels than a vector has lanes.
template <class Fold>
HWY_INLINE FloatVector FoldParts(const Window& w, size_t count, Fold fold, FloatVector state) {
  for (int y = 0; y < w.rows; ++y) {
    const float* cell = w.cells + static_cast<size_t>(y) * w.row_step;
    for (int x = 0; x < w.columns; ++x, cell += w.cell_step) {
      state = fold(state, LoadPart(cell, count));
    }
  }
  return state;
}

// One output pixel: output[c] = finish(fold of the cells' channel c).
template <class Fold, class Finish>
HWY_INLINE void PoolPixel(Window w, float* output, int channels, FloatVector start, Fold fold,
                          Finish finish) {
  int c = 0;
  for (; c + 4 * kLanes <= channels; c += 4 * kLanes) {
    FloatVector state[4] = {start, start, start, start};
    FoldCells<4>(w, fold, state);
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) hn::StoreU(finish(state[v]), kFloat, output + c + v * kLanes);
    w.cells += 4 * kLanes;
  }
  for (; c + kLanes <= channels; c += kLanes) {
    FloatVector state = start;
    FoldCells<1>(w, fold, &state);
    hn::StoreU(finish(state), kFloat, output + c);
    w.cells += kLanes;
  }
  if (c < channels) {
    const auto left = static_cast<size_t>(channels - c);
    StorePart(finish(FoldParts(w, left, fold, start)), output + c, left);
  }
}

Window WindowAt(const Conv2dShape& s, const float* input, const PoolCells& cells) {
  const auto channels = static_cast<size_t>(s.in_channels);
  return {input + static_cast<size_t>(cells.first) * channels,
          static_cast<size_t>(s.in_width) * channels, channels, cells.rows, cells.columns};
}

}  // namespace

void MaxPoolRow(const PoolProblem& p, const float* input, float* output, int64_t row) {
  const FloatVector start = hn::Set(kFloat, -std::numeric_limits<float>::infinity());
  const FloatVector low = hn::Set(kFloat, p.range.low);
  const FloatVector high = hn::Set(kFloat, p.range.high);
  const PoolRow cells_of(p.shape, row);
  for (int x = 0; x < p.shape.out_width; ++x, output += p.shape.in_channels) {
    PoolPixel(
        WindowAt(p.shape, input, cells_of.At(x)), output, p.shape.in_channels, start,
        [](FloatVector most, FloatVector cell) HWY_ATTR { return hn::Max(most, cell); },
        [&](FloatVector most) HWY_ATTR { return ClampTo(low, high, most); });
  }
}

void AveragePoolRow(const PoolProblem& p, const float* input, float* output, int64_t row) {
  const FloatVector low = hn::Set(kFloat, p.range.low);
  const FloatVector high = hn::Set(kFloat, p.range.high);
  const PoolRow cells_of(p.shape, row);
  for (int x = 0; x < p.shape.out_width; ++x, output += p.shape.in_channels) {
    const PoolCells cells = cells_of.At(x);
    const FloatVector count =
        hn::Set(kFloat, static_cast<float>(std::max(1, cells.rows * cells.columns)));
    PoolPixel(
        WindowAt(p.shape, input, cells), output, p.shape.in_channels, hn::Zero(kFloat),
        [](FloatVector sum, FloatVector cell) HWY_ATTR { return hn::Add(sum, cell); },
        [&](FloatVector sum) HWY_ATTR { return ClampTo(low, high, Divide(sum, count)); });
  }
}

void L2PoolRow(const PoolProblem& p, const float* input, float* output, int64_t row) {
  const FloatVector low = hn::Set(kFloat, p.range.low);
  const FloatVector high = hn::Set(kFloat, p.range.high);
  const PoolRow cells_of(p.shape, row);
  for (int x = 0; x < p.shape.out_width; ++x, output += p.shape.in_channels) {
    const PoolCells cells = cells_of.At(x);
    const FloatVector count =
        hn::Set(kFloat, static_cast<float>(std::max(1, cells.rows * cells.columns)));
    PoolPixel(
        WindowAt(p.shape, input, cells), output, p.shape.in_channels, hn::Zero(kFloat),
        [](FloatVector sum, FloatVector cell) HWY_ATTR { return hn::MulAdd(cell, cell, sum); },
        [&](FloatVector sum)
            HWY_ATTR { return ClampTo(low, high, SquareRoot(Divide(sum, count))); });
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(MaxPoolRow);
HWY_EXPORT(AveragePoolRow);
HWY_EXPORT(L2PoolRow);

void MaxPool(const PoolProblem& p, const float* input, float* output, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(MaxPoolRow);
  ForEachPoolRow(p.shape, parallel, [&](int64_t row) {
    run(p, input, output + row * p.shape.out_width * p.shape.in_channels, row);
  });
}

void AveragePool(const PoolProblem& p, const float* input, float* output,
                 const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(AveragePoolRow);
  ForEachPoolRow(p.shape, parallel, [&](int64_t row) {
    run(p, input, output + row * p.shape.out_width * p.shape.in_channels, row);
  });
}

void L2Pool(const PoolProblem& p, const float* input, float* output, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(L2PoolRow);
  ForEachPoolRow(p.shape, parallel, [&](int64_t row) {
    run(p, input, output + row * p.shape.out_width * p.shape.in_channels, row);
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
