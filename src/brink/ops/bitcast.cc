// BITCAST: the same bytes as another type; a narrower one adds an axis, a wider one takes the last.
#include <cstring>

#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_ASSIGN(const size_t from, ElementBytes(node, node.input(0)));
  BRINK_ASSIGN(const size_t to, ElementBytes(node, node.output(0)));
  Shape shape = node.input(0).shape;
  if (from > to) {
    if (shape.rank() >= Shape::kMaxRank) return node.Unsupported("more than 8 dimensions");
    shape.Append(static_cast<int64_t>(from / to));
  } else if (from < to) {
    const auto times = static_cast<int64_t>(to / from);
    if (shape.rank() < 1 || shape[shape.rank() - 1] != times) {
      return node.Invalid("shape " + shape.ToString() + ", the last extent must be " +
                          std::to_string(times));
    }
    Shape shorter;
    for (int i = 0; i + 1 < shape.rank(); ++i) shorter.Append(shape[i]);
    shape = shorter;
  }
  // No place in the input: that need not be aligned to a wider element.
  return Prepared{.shapes = {shape},
                  .kernel = "copy",
                  .run = [bytes = static_cast<size_t>(node.input(0).bytes())](const Buffers& b) {
                    if (bytes > 0) std::memcpy(b.outputs[0], b.inputs[0], bytes);
                  }};
}

}  // namespace

extern const OpDef kBitcast{.name = "BITCAST",
                            .code = 159,
                            .max_version = 1,
                            .types = "f32 f16 f64 i16 u16 i32 u32 i64 u64 c64",
                            .kernels = "copy",
                            .prepare = Prepare};

}  // namespace brink::ops
