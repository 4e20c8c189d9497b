// ZEROS_LIKE: zeros of the input's shape and type.
#include <cstring>

#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  const auto bytes = static_cast<size_t>(node.input(0).bytes());
  return Prepared{
      .shapes = {node.input(0).shape}, .kernel = "copy", .run = [bytes](const Buffers& b) {
        if (bytes > 0) std::memset(b.outputs[0], 0, bytes);
      }};
}

}  // namespace

extern const OpDef kZerosLike{
    .name = "ZEROS_LIKE",
    .code = 93,
    .max_version = 1,
    .types = "f32 f16 f64 i4 i8 u8 i16 u16 i32 u32 i64 u64 bool c64 string",
    .kernels = "copy",
    .prepare = Prepare};

}  // namespace brink::ops
