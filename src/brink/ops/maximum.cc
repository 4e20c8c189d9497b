#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kMaximum{.name = "MAXIMUM",
                            .code = 55,
                            .max_version = 4,
                            .types = "f32 i8 u8 i16 i32 i64",
                            .kernels = "float32; integer",
                            .prepare = [](const NodeView& node) {
                              return PrepareBinary(node, kernels::BinaryOp::kMaximum);
                            }};

}  // namespace brink::ops
