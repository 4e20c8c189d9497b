// ONE_HOT: {axis}. Each index becomes a new axis of input 1's length, `on` (input 2) at the index
// and `off` (input 3) elsewhere; an index outside is off everywhere.
#include <cstring>

#include "brink/kernels/copy.h"
#include "brink/ops/indices.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(4, 4, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kInt32, Type::kInt64}));
  const Type type = node.input(2).type;
  BRINK_TRY(node.CheckInputType(3, {type}));
  BRINK_TRY(node.CheckOutputType(0, {type}));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(2)));
  BRINK_ASSIGN(const std::vector<int64_t> depths, node.Integers(1));
  const Shape& indices = node.input(0).shape;
  if (depths.size() != 1 || depths[0] < 0) return node.Invalid("input 1: wanted one depth");
  if (node.input(2).shape.elements() != 1 || node.input(3).shape.elements() != 1)
    return node.Invalid("inputs 2 and 3: wanted one value each");
  if (indices.rank() >= Shape::kMaxRank) return node.Unsupported("more than 8 dimensions");
  BRINK_ASSIGN(const int axis, node.Axis(node.options.Int32(0, -1), indices.rank() + 1));
  Shape wanted;
  int64_t outer = 1;
  int64_t inner = 1;
  for (int i = 0; i <= indices.rank(); ++i) {
    if (i == axis) wanted.Append(depths[0]);
    if (i == indices.rank()) break;
    wanted.Append(indices[i]);
    (i < axis ? outer : inner) *= indices[i];
  }
  BRINK_ASSIGN(const Shape output, CheckedShape(node, wanted));
  return Prepared{.shapes = {output},
                  .kernel = "copy",
                  .run = [=, depth = depths[0], index_type = node.input(0).type,
                          count = output.elements()](const Buffers& b) {
                    kernels::FillElements(b.inputs[3], bytes, count, b.outputs[0], b.parallel);
                    for (int64_t i = 0; count > 0 && i < outer * inner; ++i) {
                      const int64_t index = IndexAt(index_type, b.inputs[0], i);
                      if (index < 0 || index >= depth) continue;
                      const int64_t at = (i / inner * depth + index) * inner + i % inner;
                      std::memcpy(b.outputs[0] + static_cast<size_t>(at) * bytes, b.inputs[2],
                                  bytes);
                    }
                  }};
}

}  // namespace

extern const OpDef kOneHot{.name = "ONE_HOT",
                           .code = 85,
                           .max_version = 1,
                           .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                           .kernels = "copy",
                           .prepare = Prepare};

}  // namespace brink::ops
