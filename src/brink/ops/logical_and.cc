#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kLogicalAnd{
    .name = "LOGICAL_AND",
    .code = 86,
    .max_version = 1,
    .types = "bool",
    .kernels = "bool",
    .prepare = [](const NodeView& node) { return PrepareLogic(node, kernels::Logic::kAnd); }};

}  // namespace brink::ops
