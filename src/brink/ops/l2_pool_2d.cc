#include "brink/ops/pool.h"

namespace brink::ops {

extern const OpDef kL2Pool2d{
    .name = "L2_POOL_2D",
    .code = 12,
    .max_version = 1,
    .activation_field = 5,
    .types = "f32",
    .kernels = "float32",
    .prepare = [](const NodeView& node) { return PreparePool(node, PoolKind::kRootMeanSquare); }};

}  // namespace brink::ops
