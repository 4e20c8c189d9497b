#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kEqual{
    .name = "EQUAL", .code = 71, .max_version = 5, .prepare = [](const NodeView& node) {
      return PrepareComparison(node, kernels::Comparison::kEqual);
    }};

}  // namespace brink::ops
