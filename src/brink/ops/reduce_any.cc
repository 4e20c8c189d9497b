#include "brink/ops/reduction.h"

namespace brink::ops {

extern const OpDef kReduceAny{.name = "REDUCE_ANY",
                              .code = 91,
                              .max_version = 1,
                              .types = "bool",
                              .kernels = "bool",
                              .prepare = [](const NodeView& node) {
                                return PrepareLogicalReduce(node, kernels::Reduction::kMax);
                              }};

}  // namespace brink::ops
