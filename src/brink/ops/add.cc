#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kAdd{
    .name = "ADD",
    .code = 0,
    .max_version = 5,
    .activation_field = 0,
    .types = "f32 i8 u8 i16 i32 i64",
    .kernels = "16-bit; 8-bit; float32; integer",
    .prepare = [](const NodeView& node) { return PrepareBinary(node, kernels::BinaryOp::kAdd); }};

}  // namespace brink::ops
