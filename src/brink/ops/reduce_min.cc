#include "brink/ops/reduction.h"

namespace brink::ops {

extern const OpDef kReduceMin{
    .name = "REDUCE_MIN", .code = 89, .max_version = 3, .prepare = [](const NodeView& node) {
      return PrepareReduce(node, kernels::Reduction::kMin);
    }};

}  // namespace brink::ops
