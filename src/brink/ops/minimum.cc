#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kMinimum{
    .name = "MINIMUM", .code = 57, .max_version = 4, .prepare = [](const NodeView& node) {
      return PrepareBinary(node, kernels::BinaryOp::kMinimum);
    }};

}  // namespace brink::ops
