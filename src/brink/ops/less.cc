#include "brink/ops/comparison.h"

namespace brink::ops {

extern const OpDef kLess{
    .name = "LESS", .code = 58, .max_version = 3, .prepare = [](const NodeView& node) {
      return PrepareComparison(node, kernels::Comparison::kLess);
    }};

}  // namespace brink::ops
