// SPLIT_V: input 1 is the lengths of the parts, one of which may be -1 for what the others leave;
// input 2 is the axis.
#include <algorithm>

#include "brink/ops/split_parts.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  const auto count = node.outputs.size();
  BRINK_TRY(node.CheckCounts(3, 3, static_cast<int>(count)));
  const Shape& input = node.input(0).shape;
  BRINK_ASSIGN(std::vector<int64_t> lengths, node.Integers(1));
  BRINK_ASSIGN(const std::vector<int64_t> axes, node.Integers(2));
  if (axes.size() != 1) return node.Invalid("input 2: wanted one axis");
  BRINK_ASSIGN(const int axis, node.Axis(axes[0], input.rank()));
  if (lengths.size() != count) {
    return node.Invalid("input 1: " + std::to_string(lengths.size()) + " lengths for " +
                        std::to_string(count) + " outputs");
  }
  int64_t* rest = nullptr;
  int64_t left = input[axis];
  for (int64_t& length : lengths) {
    if (length == -1 && rest == nullptr) {
      rest = &length;
    } else if (length < 0 || length > left) {
      return node.Invalid("input 1: length " + std::to_string(length) + " does not fit into axis " +
                          std::to_string(axis) + " of " + input.ToString());
    } else {
      left -= length;
    }
  }
  if (rest != nullptr) {
    *rest = left;
  } else if (left != 0) {
    return node.Invalid("input 1: the lengths leave " + std::to_string(left) + " of axis " +
                        std::to_string(axis) + " of " + input.ToString());
  }
  return PrepareSplit(node, {.input = 0, .axis = axis, .lengths = lengths});
}

}  // namespace

extern const OpDef kSplitV{.name = "SPLIT_V",
                           .code = 102,
                           .max_version = 3,
                           .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                           .kernels = "copy; strided copy",
                           .prepare = Prepare};

}  // namespace brink::ops
