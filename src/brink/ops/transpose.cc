// TRANSPOSE: input 1 says which axis of the input each axis of the output is.
#include <vector>

#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  const Shape& input = node.input(0).shape;
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  BRINK_ASSIGN(const std::vector<int64_t> order, node.Integers(1));
  if (order.size() != static_cast<size_t>(input.rank())) {
    return node.Invalid("input 1: " + std::to_string(order.size()) + " axes for " +
                        std::to_string(input.rank()) + " dimensions");
  }
  std::vector<int> axes;
  Shape output;
  std::vector<bool> seen(order.size());
  for (const int64_t which : order) {
    BRINK_ASSIGN(const int axis, node.Axis(which, input.rank()));
    if (seen[static_cast<size_t>(axis)])
      return node.Invalid("input 1: axis " + std::to_string(axis) + " stands there twice");
    seen[static_cast<size_t>(axis)] = true;
    axes.push_back(axis);
    output.Append(input[axis]);
  }
  const auto from = ByteStrides(input, bytes);
  const auto to = ByteStrides(output, bytes);
  kernels::StridedCopy copy{.element_bytes = bytes};
  for (size_t i = 0; i < axes.size(); ++i)
    copy.Append({output[static_cast<int>(i)], from[static_cast<size_t>(axes[i])], to[i]});
  return PrepareMoves(node, {{.output = output, .boxes = {copy}}});
}

}  // namespace

extern const OpDef kTranspose{.name = "TRANSPOSE",
                              .code = 39,
                              .max_version = 9,
                              .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                              .kernels = "copy; strided copy",
                              .prepare = Prepare};

}  // namespace brink::ops
