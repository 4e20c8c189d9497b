// REVERSE_V2: input 1 is the axes along which the elements come backwards.
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  const Shape& shape = node.input(0).shape;
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  BRINK_ASSIGN(const std::vector<int64_t> reversed, node.Integers(1));
  const auto strides = ByteStrides(shape, bytes);
  kernels::StridedCopy copy{.element_bytes = bytes};
  for (int axis = 0; axis < shape.rank(); ++axis)
    copy.Append(
        {shape[axis], strides[static_cast<size_t>(axis)], strides[static_cast<size_t>(axis)]});
  for (const int64_t which : reversed) {
    BRINK_ASSIGN(const int axis, node.Axis(which, shape.rank()));
    auto& [extent, from, to] = copy.axes[static_cast<size_t>(axis)];
    if (from < 0) return node.Invalid("axis " + std::to_string(axis) + " is reversed twice");
    if (from > 0) copy.from_offset += from * (extent - 1);
    from = -from;
  }
  return PrepareMoves(node, {{.output = shape, .boxes = {copy}}});
}

}  // namespace

extern const OpDef kReverseV2{.name = "REVERSE_V2",
                              .code = 105,
                              .max_version = 4,
                              .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                              .kernels = "copy; strided copy",
                              .prepare = Prepare};

}  // namespace brink::ops
