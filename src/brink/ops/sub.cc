#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kSub{
    .name = "SUB",
    .code = 41,
    .max_version = 5,
    .activation_field = 0,
    .prepare = [](const NodeView& node) { return PrepareBinary(node, kernels::BinaryOp::kSub); }};

}  // namespace brink::ops
