#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kLess{.name = "LESS",
                         .code = 58,
                         .max_version = 3,
                         .types = "f32 i8 u8 i16 i32 u32 i64",
                         .kernels = "compare; quantised",
                         .prepare = [](const NodeView& node) {
                           return PrepareComparison(node, kernels::Comparison::kLess);
                         }};

}  // namespace brink::ops
