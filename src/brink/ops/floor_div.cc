#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kFloorDiv{.name = "FLOOR_DIV",
                             .code = 90,
                             .max_version = 3,
                             .types = "f32 i8 i16 i32",
                             .kernels = "float32; integer",
                             .prepare = [](const NodeView& node) {
                               return PrepareFloatOrInteger(
                                   node, kernels::FloatPair::kFloorDiv,
                                   kernels::IntegerOp::kFloorDiv,
                                   {Type::kInt8, Type::kInt16, Type::kInt32});
                             }};

}  // namespace brink::ops
