#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kGreater{.name = "GREATER",
                            .code = 61,
                            .max_version = 2,
                            .types = "f32 i8 u8 i16 i32 u32 i64",
                            .kernels = "compare",
                            .prepare = [](const NodeView& node) {
                              return PrepareComparison(node, kernels::Comparison::kGreater);
                            }};

}  // namespace brink::ops
