#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kCos{
    .name = "COS", .code = 108, .max_version = 2, .prepare = [](const NodeView& node) {
      return PrepareFloats(node, kernels::FloatFunction::kCos);
    }};

}  // namespace brink::ops
