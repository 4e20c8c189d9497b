#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kGreater{
    .name = "GREATER", .code = 61, .max_version = 2, .prepare = [](const NodeView& node) {
      return PrepareComparison(node, kernels::Comparison::kGreater);
    }};

}  // namespace brink::ops
