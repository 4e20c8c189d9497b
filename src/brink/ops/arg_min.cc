#include "brink/ops/arg_extremum.h"

namespace brink::ops {

extern const OpDef kArgMin{
    .name = "ARG_MIN", .code = 79, .max_version = 3, .prepare = [](const NodeView& node) {
      return PrepareArgExtremum(node, kernels::Extremum::kMin);
    }};

}  // namespace brink::ops
