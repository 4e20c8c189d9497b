// Which rows of its input a convolution needs for which of its output, and where they lie. Rows of
// the output are counted before ConvProblem::max_pool.
#pragma once

#include <algorithm>
#include <cstdint>

#include "brink/kernels/conv.h"

namespace brink::kernels {

// Rows [begin, end) of a picture.
struct Rows {
  int64_t begin = 0;
  int64_t end = 0;

  int64_t count() const { return end - begin; }
};

inline int64_t RoundUp(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

// Rows that make one row of the output as it is stored.
inline int64_t RowsPooled(const ConvProblem& p) { return p.max_pool ? 2 : 1; }
// Of the output as it is stored.
inline int64_t StoredRows(const ConvProblem& p, int64_t rows) {
  return RoundUp(rows, RowsPooled(p)) / RowsPooled(p);
}

inline int64_t InputRowBytes(const ConvProblem& p) {
  return int64_t{p.shape.in_width} * p.shape.in_channels * static_cast<int64_t>(sizeof(float));
}
inline int64_t OutputRowBytes(const ConvProblem& p) {
  const int64_t width = RoundUp(p.shape.out_width, RowsPooled(p)) / RowsPooled(p);
  return width * p.shape.out_channels * static_cast<int64_t>(sizeof(float));
}

// The input's rows that rows of the output are made of.
inline Rows InputRows(const ConvProblem& p, Rows made) {
  const Window2d& w = p.shape.window;
  const int64_t first = made.begin * w.stride_height - w.pad_top;
  const int64_t last =
      (made.end - 1) * w.stride_height - w.pad_top + int64_t{w.height - 1} * w.dilation_height;
  const int64_t height = p.shape.in_height;
  return {std::clamp<int64_t>(first, 0, height), std::clamp<int64_t>(last + 1, 0, height)};
}

// Bytes of the output from its start to the end of the rows before `row` of a picture.
inline int64_t OutputBytesTo(const ConvProblem& p, int64_t picture, int64_t row) {
  return (picture * StoredRows(p, p.shape.out_height) + StoredRows(p, row)) * OutputRowBytes(p);
}
// Bytes of the input that lie before all that row `row` of a picture's output is made of.
inline int64_t InputBytesTo(const ConvProblem& p, int64_t picture, int64_t row) {
  return (picture * p.shape.in_height + InputRows(p, {row, row + 1}).begin) * InputRowBytes(p);
}

// Leads are found step by step: of a problem of more steps they are not.
inline constexpr int64_t kMostLeadSteps = 4096;

}  // namespace brink::kernels
