// The window of a convolution or pooling node: options and shapes checked, output shape found.
#pragma once

#include "brink/base/result.h"
#include "brink/kernels/window.h"
#include "brink/ops/node_view.h"

namespace brink::ops {

// As the options say; out_channels and groups are of the operator.
struct WindowOptions {
  int64_t height = 1;
  int64_t width = 1;
  int32_t stride_height = 1;
  int32_t stride_width = 1;
  int32_t dilation_height = 1;
  int32_t dilation_width = 1;
  int8_t padding = 0;  // Padding of schema.fbs
  int64_t out_channels = 1;
};

// Input 0 is [batch, height, width, channels], with NodeView::border around it. Fails for empty
// tensors, windows that do not fit, borders as wide as a window and extents beyond what kernels
// count with.
Result<kernels::Conv2dShape> PlaceWindow(const NodeView& node, const WindowOptions& options);

// [batch, out_height, out_width, out_channels]
Shape OutputShape(const kernels::Conv2dShape& shape);

}  // namespace brink::ops
