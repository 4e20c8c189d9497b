// BROADCAST_TO: input 1 is the shape to which input 0 stretches.
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  const Shape& input = node.input(0).shape;
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  BRINK_ASSIGN(const std::vector<int64_t> dims, node.Integers(1));
  const Result<Shape> made = Shape::Make(dims);
  if (!made || !made->known())
    return node.Invalid("input 1: " + (made ? "an unknown extent" : made.error().message));
  const Shape& output = *made;
  const int added = output.rank() - input.rank();
  const auto from = ByteStrides(input, bytes);
  const auto to = ByteStrides(output, bytes);
  kernels::StridedCopy copy{.element_bytes = bytes};
  bool fits = added >= 0;
  for (int axis = 0; fits && axis < output.rank(); ++axis) {
    const int64_t extent = axis < added ? 1 : input[axis - added];
    fits = extent == output[axis] || extent == 1;
    copy.Append({output[axis], extent == 1 ? 0 : from[static_cast<size_t>(axis - added)],
                 to[static_cast<size_t>(axis)]});
  }
  if (!fits) {
    return node.Invalid("input 0 of shape " + input.ToString() + " does not stretch to " +
                        output.ToString());
  }
  return PrepareMoves(node, {{.output = output, .boxes = {copy}}});
}

}  // namespace

extern const OpDef kBroadcastTo{.name = "BROADCAST_TO",
                                .code = 130,
                                .max_version = 4,
                                .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                .kernels = "strided copy",
                                .prepare = Prepare};

}  // namespace brink::ops
