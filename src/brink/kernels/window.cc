#include "brink/kernels/window.h"

#include <algorithm>
#include <utility>

namespace brink::kernels {

Conv2dShape ColumnAsRow(const Conv2dShape& shape) {
  const Window2d& w = shape.window;
  const bool is_column = shape.in_height > 1 && shape.in_width == 1 && shape.out_width == 1 &&
                         w.width == 1 && w.pad_left == 0;
  if (!is_column) return shape;
  Conv2dShape row = shape;
  std::swap(row.in_height, row.in_width);
  std::swap(row.out_height, row.out_width);
  std::swap(row.window.height, row.window.width);
  std::swap(row.window.stride_height, row.window.stride_width);
  std::swap(row.window.dilation_height, row.window.dilation_width);
  std::swap(row.window.pad_top, row.window.pad_left);
  return row;
}

AxisPlacement PlaceWindow(int in, AxisWindow window, Padding padding) {
  const int64_t extent = int64_t{1} * (window.size - 1) * window.dilation + 1;
  const int64_t stride = window.stride;
  AxisPlacement placement;
  const int64_t out =
      padding == Padding::kSame ? (in + stride - 1) / stride : (in + stride - extent) / stride;
  placement.out = static_cast<int>(std::max<int64_t>(out, 0));
  if (placement.out > 0) {
    const int64_t total = std::max<int64_t>((placement.out - 1) * stride + extent - in, 0);
    placement.pad_before = static_cast<int>(total / 2);
  }
  return placement;
}

}  // namespace brink::kernels
