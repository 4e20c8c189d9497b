#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kFloorMod{.name = "FLOOR_MOD",
                             .code = 95,
                             .max_version = 2,
                             .types = "f32 i8 i16 i32 i64",
                             .kernels = "float32; integer",
                             .prepare = [](const NodeView& node) {
                               return PrepareFloatOrInteger(
                                   node, kernels::FloatPair::kFloorMod,
                                   kernels::IntegerOp::kFloorMod,
                                   {Type::kInt8, Type::kInt16, Type::kInt32, Type::kInt64});
                             }};

}  // namespace brink::ops
