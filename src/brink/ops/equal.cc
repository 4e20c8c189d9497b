#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kEqual{.name = "EQUAL",
                          .code = 71,
                          .max_version = 5,
                          .types = "f32 i8 u8 i16 i32 u32 i64 bool",
                          .kernels = "compare; quantised",
                          .prepare = [](const NodeView& node) {
                            return PrepareComparison(node, kernels::Comparison::kEqual);
                          }};

}  // namespace brink::ops
