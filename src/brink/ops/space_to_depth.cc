#include "brink/ops/space_and_depth.h"

namespace brink::ops {

extern const OpDef kSpaceToDepth{.name = "SPACE_TO_DEPTH",
                                 .code = 26,
                                 .max_version = 2,
                                 .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                 .kernels = "strided copy",
                                 .prepare = [](const NodeView& node) {
                                   return PrepareSpaceAndDepth(node, DepthDirection::kSpaceToDepth);
                                 }};

}  // namespace brink::ops
