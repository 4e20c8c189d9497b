#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kLessEqual{.name = "LESS_EQUAL",
                              .code = 63,
                              .max_version = 2,
                              .types = "f32 i8 u8 i16 i32 u32 i64",
                              .kernels = "compare; quantised",
                              .prepare = [](const NodeView& node) {
                                return PrepareComparison(node, kernels::Comparison::kLessEqual);
                              }};

}  // namespace brink::ops
