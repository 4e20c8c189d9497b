#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kDiv{
    .name = "DIV",
    .code = 42,
    .max_version = 2,
    .activation_field = 0,
    .prepare = [](const NodeView& node) { return PrepareBinary(node, kernels::BinaryOp::kDiv); }};

}  // namespace brink::ops
