#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kMul{
    .name = "MUL",
    .code = 18,
    .max_version = 7,
    .activation_field = 0,
    .types = "f32 i8 u8 i16 i32 u32 i64 c64",
    .kernels = "16-bit; 8-bit; complex64; float32; integer",
    .prepare = [](const NodeView& node) { return PrepareBinary(node, kernels::BinaryOp::kMul); }};

}  // namespace brink::ops
