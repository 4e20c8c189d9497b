#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kGreaterEqual{.name = "GREATER_EQUAL",
                                 .code = 62,
                                 .max_version = 3,
                                 .types = "f32 i8 u8 i16 i32 u32 i64",
                                 .kernels = "compare",
                                 .prepare = [](const NodeView& node) {
                                   return PrepareComparison(node,
                                                            kernels::Comparison::kGreaterEqual);
                                 }};

}  // namespace brink::ops
