// Which input cells an output pixel pools, and how rows are handed to threads. Only for this room's
// sources.
#pragma once

#include <algorithm>
#include <cstdint>

#include "brink/kernels/parallel.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/split_index.h"
#include "brink/kernels/window.h"

namespace brink::kernels {

// A block of input pixels.
struct PoolCells {
  int64_t first = 0;  // the first pixel, counted over batch, height and width
  int rows = 0;
  int columns = 0;
};

// The cells of the pixels of output row `row`, counted over batch and height.
class PoolRow {
 public:
  PoolRow(const Conv2dShape& s, int64_t row) : shape_(s) {
    const auto [batch, y] = SplitIndex(row, s.out_height);
    const int64_t top = int64_t{1} * y * s.window.stride_height - s.window.pad_top;
    const int64_t first_y = std::max<int64_t>(top, 0);
    rows_ = std::min<int64_t>(top + s.window.height, s.in_height) - first_y;
    first_ = (batch * s.in_height + first_y) * s.in_width;
  }

  PoolCells At(int x) const {
    const Window2d& w = shape_.window;
    const int64_t left = int64_t{1} * x * w.stride_width - w.pad_left;
    const int64_t first_x = std::max<int64_t>(left, 0);
    const int64_t columns = std::min<int64_t>(left + w.width, shape_.in_width) - first_x;
    if (rows_ <= 0 || columns <= 0) return {};
    return {first_ + first_x, static_cast<int>(rows_), static_cast<int>(columns)};
  }

 private:
  const Conv2dShape& shape_;
  int64_t rows_;
  int64_t first_;  // the pixel in which the first of those rows starts
};

// Calls body(row) for every output row, some rows a task.
template <class Body>
void ForEachPoolRow(const Conv2dShape& s, const Parallel& parallel, Body body) {
  const int64_t cost = int64_t{1} * s.out_width * s.in_channels * s.window.height * s.window.width;
  const int64_t rows = std::max<int64_t>(1, (1 << 17) / std::max<int64_t>(1, cost));
  ForEachPiece(int64_t{1} * s.batch * s.out_height, rows, parallel,
               [&](int64_t begin, int64_t count) {
                 for (int64_t row = begin; row < begin + count; ++row) body(row);
               });
}

}  // namespace brink::kernels
