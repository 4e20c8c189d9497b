#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kNotEqual{
    .name = "NOT_EQUAL", .code = 72, .max_version = 4, .prepare = [](const NodeView& node) {
      return PrepareComparison(node, kernels::Comparison::kNotEqual);
    }};

}  // namespace brink::ops
