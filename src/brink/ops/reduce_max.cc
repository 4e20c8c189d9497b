#include "brink/ops/reduction.h"

namespace brink::ops {

extern const OpDef kReduceMax{
    .name = "REDUCE_MAX",
    .code = 82,
    .max_version = 3,
    .types = "f32 i8 u8 i16 i32 i64",
    .kernels = "reduce",
    .prepare = [](const NodeView& node) { return PrepareReduce(node, kernels::Reduction::kMax); }};

}  // namespace brink::ops
