#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kRelu{
    .name = "RELU", .code = 19, .max_version = 3, .prepare = [](const NodeView& node) {
      return PrepareClamp(node, kernels::ClampRange(kernels::Activation::kRelu));
    }};

}  // namespace brink::ops
