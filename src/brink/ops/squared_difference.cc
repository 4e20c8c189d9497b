#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kSquaredDifference{.name = "SQUARED_DIFFERENCE",
                                      .code = 99,
                                      .max_version = 2,
                                      .types = "f32 i8 i32",
                                      .kernels = "8-bit; float32; integer",
                                      .prepare = [](const NodeView& node) {
                                        return PrepareBinary(node,
                                                             kernels::BinaryOp::kSquaredDifference);
                                      }};

}  // namespace brink::ops
