#include "brink/ops/arg_extremum.h"

namespace brink::ops {

extern const OpDef kArgMax{.name = "ARG_MAX",
                           .code = 56,
                           .max_version = 3,
                           .types = "f32 i8 u8 i16 i32 i64 bool",
                           .kernels = "scan",
                           .prepare = [](const NodeView& node) {
                             return PrepareArgExtremum(node, kernels::Extremum::kMax);
                           }};

}  // namespace brink::ops
