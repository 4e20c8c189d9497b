#include "brink/ops/last_axis.h"

namespace brink::ops {

Result<kernels::SoftmaxShape> RowsOf(const NodeView& node) {
  BRINK_TRY(node.CheckRank(0, 1, Shape::kMaxRank));
  const Shape& shape = node.input(0).shape;
  const int64_t depth = shape[shape.rank() - 1];
  if (depth < 1) {
    return node.Invalid("input 0: shape " + shape.ToString() + " has no element to sum over");
  }
  return kernels::SoftmaxShape{.rows = shape.elements() / depth, .depth = depth};
}

}  // namespace brink::ops
