#include "brink/kernels/window.h"

#include <algorithm>

namespace brink::kernels {

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
