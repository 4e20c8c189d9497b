#include "brink/ops/selection.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  return PrepareSelect(node, node.input(0).shape);
}

}  // namespace

extern const OpDef kSelectV2{.name = "SELECT_V2",
                             .code = 123,
                             .max_version = 2,
                             .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                             .kernels = "select",
                             .prepare = Prepare};

}  // namespace brink::ops
