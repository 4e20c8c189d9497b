#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kMul{
    .name = "MUL",
    .code = 18,
    .max_version = 7,
    .activation_field = 0,
    .prepare = [](const NodeView& node) { return PrepareBinary(node, kernels::BinaryOp::kMul); }};

}  // namespace brink::ops
