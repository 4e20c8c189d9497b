#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kMinimum{.name = "MINIMUM",
                            .code = 57,
                            .max_version = 4,
                            .types = "f32 i8 u8 i16 i32 i64",
                            .kernels = "float32; integer",
                            .prepare = [](const NodeView& node) {
                              return PrepareBinary(node, kernels::BinaryOp::kMinimum);
                            }};

}  // namespace brink::ops
