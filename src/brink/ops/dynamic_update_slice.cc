// DYNAMIC_UPDATE_SLICE: input 0 with input 1 written over it at the place that input 2 says, moved
// inside where it would stick out.
#include <algorithm>
#include <cstring>

#include "brink/ops/indices.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  BRINK_TRY(node.CheckInputType(1, {node.input(0).type}));
  BRINK_TRY(node.CheckInputType(2, {Type::kInt32, Type::kInt64}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  const Shape& whole = node.input(0).shape;
  const Shape& part = node.input(1).shape;
  bool fits = whole.rank() == part.rank() && node.input(2).shape.elements() == whole.rank();
  for (int axis = 0; fits && axis < whole.rank(); ++axis) fits = part[axis] <= whole[axis];
  if (!fits) {
    return node.Invalid("an update of " + part.ToString() + " at a place of " +
                        node.input(2).shape.ToString() + " in " + whole.ToString());
  }
  const auto to = ByteStrides(whole, bytes);
  const auto from = ByteStrides(part, bytes);
  kernels::StridedCopy copy{.element_bytes = bytes};
  for (int axis = 0; axis < whole.rank(); ++axis)
    copy.Append({part[axis], from[static_cast<size_t>(axis)], to[static_cast<size_t>(axis)]});
  return Prepared{.shapes = {whole},
                  .kernel = "strided copy",
                  .run =
                      [=, copy = Simplified(copy), index_type = node.input(2).type,
                       all = static_cast<size_t>(node.input(0).bytes())](const Buffers& b) {
                        auto box = copy;
                        for (int axis = 0; axis < whole.rank(); ++axis) {
                          const int64_t begin = std::clamp<int64_t>(
                              IndexAt(index_type, b.inputs[2], axis), 0, whole[axis] - part[axis]);
                          box.to_offset += begin * to[static_cast<size_t>(axis)];
                        }
                        if (all > 0 && b.outputs[0] != b.inputs[0])
                          std::memcpy(b.outputs[0], b.inputs[0], all);
                        if (b.outputs[0] != b.inputs[1])
                          kernels::CopyStrided(box, b.inputs[1], b.outputs[0], b.parallel);
                      },
                  .overwritable = 1};
}

}  // namespace

extern const OpDef kDynamicUpdateSlice{
    .name = "DYNAMIC_UPDATE_SLICE",
    .code = 151,
    .max_version = 6,
    .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
    .kernels = "strided copy",
    .prepare = Prepare};

}  // namespace brink::ops
