#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kLogicalOr{
    .name = "LOGICAL_OR",
    .code = 84,
    .max_version = 1,
    .types = "bool",
    .kernels = "bool",
    .prepare = [](const NodeView& node) { return PrepareLogic(node, kernels::Logic::kOr); }};

}  // namespace brink::ops
