// EXPAND_DIMS: input 1 is the axis, in [-rank - 1, rank], before which an extent of 1 comes.
#include "brink/ops/reshape.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_ASSIGN(const std::vector<int64_t> axes, node.Integers(1));
  if (axes.size() != 1)
    return node.Invalid("input 1: " + std::to_string(axes.size()) + " axes, wanted one");
  const Shape& input = node.input(0).shape;
  if (input.rank() >= Shape::kMaxRank) return node.Unsupported("more than 8 dimensions");
  BRINK_ASSIGN(const int before, node.Axis(axes[0], input.rank() + 1));
  Shape output;
  for (int axis = 0; axis <= input.rank(); ++axis) {
    if (axis == before) output.Append(1);
    if (axis < input.rank()) output.Append(input[axis]);
  }
  return PrepareReshape(node, output);
}

}  // namespace

extern const OpDef kExpandDims{
    .name = "EXPAND_DIMS",
    .code = 70,
    .max_version = 1,
    .types = "f32 f16 f64 i4 i8 u8 i16 u16 i32 u32 i64 u64 bool c64 string",
    .kernels = "copy",
    .prepare = Prepare};

}  // namespace brink::ops
