#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kTanh{
    .name = "TANH", .code = 28, .max_version = 3, .prepare = [](const NodeView& node) {
      return PrepareUnary(node, {.floats = kernels::Tanh, .table = kernels::TanhTable});
    }};

}  // namespace brink::ops
