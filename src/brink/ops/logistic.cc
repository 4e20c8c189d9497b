#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kLogistic{
    .name = "LOGISTIC", .code = 14, .max_version = 3, .prepare = [](const NodeView& node) {
      return PrepareUnary(node, {.floats = kernels::Logistic, .table = kernels::LogisticTable});
    }};

}  // namespace brink::ops
