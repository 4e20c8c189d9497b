#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kSquaredDifference{.name = "SQUARED_DIFFERENCE",
                                      .code = 99,
                                      .max_version = 2,
                                      .prepare = [](const NodeView& node) {
                                        return PrepareBinary(node,
                                                             kernels::BinaryOp::kSquaredDifference);
                                      }};

}  // namespace brink::ops
