#include "brink/ops/reduction.h"

namespace brink::ops {

extern const OpDef kSum{
    .name = "SUM", .code = 74, .max_version = 2, .prepare = [](const NodeView& node) {
      return PrepareReduce(node, kernels::Reduction::kSum);
    }};

}  // namespace brink::ops
