#include "brink/ops/arg_extremum.h"

namespace brink::ops {

extern const OpDef kArgMax{
    .name = "ARG_MAX", .code = 56, .max_version = 3, .prepare = [](const NodeView& node) {
      return PrepareArgExtremum(node, kernels::Extremum::kMax);
    }};

}  // namespace brink::ops
