#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kLessEqual{
    .name = "LESS_EQUAL", .code = 63, .max_version = 2, .prepare = [](const NodeView& node) {
      return PrepareComparison(node, kernels::Comparison::kLessEqual);
    }};

}  // namespace brink::ops
