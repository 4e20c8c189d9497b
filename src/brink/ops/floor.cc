#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kFloor{
    .name = "FLOOR", .code = 8, .max_version = 1, .prepare = [](const NodeView& node) {
      return PrepareFloats(node, kernels::FloatFunction::kFloor);
    }};

}  // namespace brink::ops
