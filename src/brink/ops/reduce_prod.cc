#include "brink/ops/reduction.h"

namespace brink::ops {

extern const OpDef kReduceProd{
    .name = "REDUCE_PROD",
    .code = 81,
    .max_version = 2,
    .types = "f32 i8 u8 i16 i32 i64",
    .kernels = "quantised; reduce",
    .prepare = [](const NodeView& node) { return PrepareReduce(node, kernels::Reduction::kProd); }};

}  // namespace brink::ops
