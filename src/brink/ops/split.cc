// SPLIT: {num_splits}. Input 0 is the axis, input 1 is cut into equal parts along it.
#include "brink/ops/split_parts.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  const int count = static_cast<int>(node.outputs.size());
  BRINK_TRY(node.CheckCounts(2, 2, count));
  if (count < 1) return node.Invalid("no outputs");
  BRINK_ASSIGN(const std::vector<int64_t> axes, node.Integers(0));
  if (axes.size() != 1) return node.Invalid("input 0: wanted one axis");
  const Shape& input = node.input(1).shape;
  BRINK_ASSIGN(const int axis, node.Axis(axes[0], input.rank()));
  if (input[axis] % count != 0) {
    return node.Invalid("axis " + std::to_string(axis) + " of " + input.ToString() +
                        " is not made of " + std::to_string(count) + " equal parts");
  }
  return PrepareSplit(
      node, {.input = 1,
             .axis = axis,
             .lengths = std::vector<int64_t>(static_cast<size_t>(count), input[axis] / count)});
}

}  // namespace

extern const OpDef kSplit{.name = "SPLIT",
                          .code = 49,
                          .max_version = 5,
                          .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                          .kernels = "copy; strided copy",
                          .prepare = Prepare};

}  // namespace brink::ops
