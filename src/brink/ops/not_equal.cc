#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kNotEqual{.name = "NOT_EQUAL",
                             .code = 72,
                             .max_version = 4,
                             .types = "f32 i8 u8 i16 i32 u32 i64 bool",
                             .kernels = "compare; quantised",
                             .prepare = [](const NodeView& node) {
                               return PrepareComparison(node, kernels::Comparison::kNotEqual);
                             }};

}  // namespace brink::ops
