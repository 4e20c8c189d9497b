#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kMaximum{
    .name = "MAXIMUM", .code = 55, .max_version = 4, .prepare = [](const NodeView& node) {
      return PrepareBinary(node, kernels::BinaryOp::kMaximum);
    }};

}  // namespace brink::ops
