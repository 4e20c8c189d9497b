// What RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR share: input 1 holds the output's height and
// width; options {align_corners, half_pixel_centers} at fields that differ.
#pragma once

#include "brink/base/result.h"
#include "brink/kernels/resize.h"
#include "brink/ops/op.h"

namespace brink::ops {

struct ResizeFields {
  int align_corners = 0;
  int half_pixel_centers = 0;
};

// Checks the node but for its types; flags that exclude each other are the caller's.
Result<kernels::ResizeProblem> ReadResize(const NodeView& node, ResizeFields fields);

// [batch, out_height, out_width, channels]
Shape ResizeShape(const kernels::ResizeProblem& problem);

}  // namespace brink::ops
