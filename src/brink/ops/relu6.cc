#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kRelu6{
    .name = "RELU6", .code = 21, .max_version = 3, .prepare = [](const NodeView& node) {
      return PrepareClamp(node, kernels::ClampRange(kernels::Activation::kRelu6));
    }};

}  // namespace brink::ops
