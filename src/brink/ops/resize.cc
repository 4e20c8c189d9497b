#include "brink/ops/resize.h"

namespace brink::ops {

Result<kernels::ResizeProblem> ReadResize(const NodeView& node, ResizeFields fields) {
  BRINK_TRY(node.CheckRank(0, 4, 4));
  BRINK_ASSIGN(const std::vector<int64_t> size, node.Integers(1));
  const Shape& shape = node.input(0).shape;
  if (size.size() != 2) {
    return node.Invalid("input 1: " + std::to_string(size.size()) +
                        " values, wanted height and width");
  }
  constexpr int64_t kMostExtent = int64_t{1} << 28;
  for (const int64_t extent : {shape[0], shape[1], shape[2], shape[3], size[0], size[1]}) {
    if (extent >= 1 && extent <= kMostExtent) continue;
    return node.Invalid("a resize of " + shape.ToString() + " to " + std::to_string(size[0]) +
                        " x " + std::to_string(size[1]) + " is out of range");
  }
  return kernels::ResizeProblem{.batch = static_cast<int>(shape[0]),
                                .in_height = static_cast<int>(shape[1]),
                                .in_width = static_cast<int>(shape[2]),
                                .out_height = static_cast<int>(size[0]),
                                .out_width = static_cast<int>(size[1]),
                                .channels = static_cast<int>(shape[3]),
                                .align_corners = node.options.Bool(fields.align_corners),
                                .half_pixel_centers = node.options.Bool(fields.half_pixel_centers)};
}

Shape ResizeShape(const kernels::ResizeProblem& p) {
  return {p.batch, p.out_height, p.out_width, p.channels};
}

}  // namespace brink::ops
