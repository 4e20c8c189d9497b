#include "brink/ops/reduction.h"

namespace brink::ops {

extern const OpDef kSum{
    .name = "SUM",
    .code = 74,
    .max_version = 2,
    .types = "f32 i8 u8 i16 i32 i64",
    .kernels = "quantised; reduce",
    .prepare = [](const NodeView& node) { return PrepareReduce(node, kernels::Reduction::kSum); }};

}  // namespace brink::ops
