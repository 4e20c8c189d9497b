#include "brink/ops/reduction.h"

namespace brink::ops {

extern const OpDef kReduceAll{.name = "REDUCE_ALL",
                              .code = 140,
                              .max_version = 1,
                              .types = "bool",
                              .kernels = "bool",
                              .prepare = [](const NodeView& node) {
                                return PrepareLogicalReduce(node, kernels::Reduction::kMin);
                              }};

}  // namespace brink::ops
