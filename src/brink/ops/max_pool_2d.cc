#include "brink/ops/pool.h"

namespace brink::ops {

extern const OpDef kMaxPool2d{
    .name = "MAX_POOL_2D",
    .code = 17,
    .max_version = 3,
    .activation_field = 5,
    .types = "f32 i8 u8 i16",
    .kernels = "16-bit; 8-bit; float32",
    .prepare = [](const NodeView& node) { return PreparePool(node, PoolKind::kMax); }};

}  // namespace brink::ops
