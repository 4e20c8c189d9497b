#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kAdd{
    .name = "ADD",
    .code = 0,
    .max_version = 5,
    .activation_field = 0,
    .prepare = [](const NodeView& node) { return PrepareBinary(node, kernels::BinaryOp::kAdd); }};

}  // namespace brink::ops
