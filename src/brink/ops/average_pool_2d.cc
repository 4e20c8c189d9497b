#include "brink/ops/pool.h"

namespace brink::ops {

extern const OpDef kAveragePool2d{
    .name = "AVERAGE_POOL_2D",
    .code = 1,
    .max_version = 3,
    .activation_field = 5,
    .types = "f32 i8 u8 i16",
    .kernels = "16-bit; 8-bit; float32",
    .prepare = [](const NodeView& node) { return PreparePool(node, PoolKind::kAverage); }};

}  // namespace brink::ops
