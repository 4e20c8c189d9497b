#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kGreaterEqual{
    .name = "GREATER_EQUAL", .code = 62, .max_version = 3, .prepare = [](const NodeView& node) {
      return PrepareComparison(node, kernels::Comparison::kGreaterEqual);
    }};

}  // namespace brink::ops
