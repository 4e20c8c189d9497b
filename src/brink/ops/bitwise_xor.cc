#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kBitwiseXor{
    .name = "BITWISE_XOR",
    .code = 160,
    .max_version = 1,
    .types = "i8 u8 i16 u16 i32 u32",
    .kernels = "integer",
    .prepare = [](const NodeView& node) {
      return PrepareIntegerBinary(
          node, kernels::IntegerOp::kXor,
          {Type::kInt8, Type::kUInt8, Type::kInt16, Type::kUInt16, Type::kInt32, Type::kUInt32});
    }};

}  // namespace brink::ops
