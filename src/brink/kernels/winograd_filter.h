// The filter's side of Winograd's minimal filtering, done once when weights are packed. Only for
// this room's sources.
#pragma once

#include <cstddef>

#include "brink/kernels/conv.h"

namespace brink::kernels {

// Whether F(m x m, 3 x 3) can compute the convolution.
inline bool IsPlain3x3(const Conv2dShape& s) {
  const Window2d& w = s.window;
  return w.height == 3 && w.width == 3 && w.stride_height == 1 && w.stride_width == 1 &&
         w.dilation_height == 1 && w.dilation_width == 1 && s.groups == 1;
}

// The filters that lead from one input channel to some output channels.
struct FilterBlock {
  size_t in = 0;
  size_t out = 0;    // the first output channel
  size_t width = 0;  // output channels: whole vectors of the CPU target in use
};

// Where they go once transformed: the value at [row][column] of output channel `out` + c is
// to[row * row_step + column * column_step + c].
struct FilterCells {
  float* to = nullptr;
  size_t row_step = 0;
  size_t column_step = 0;
};

// Writes G filter G' of F(tile x tile, 3 x 3), tile 2, 4 or 6, for all of the block; zeros for
// channels that the convolution does not have. Computed in double precision, product and sum
// rounded apart, so that every machine gets the same weights.
void TransformFilters(int tile, const ConvProblem& p, const float* filter, const FilterBlock& block,
                      const FilterCells& cells);

}  // namespace brink::kernels
