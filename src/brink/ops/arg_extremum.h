// What ARG_MAX and ARG_MIN share: input 1 is the axis, {output_type}.
#pragma once

#include "brink/base/result.h"
#include "brink/kernels/arg_extremum.h"
#include "brink/ops/op.h"

namespace brink::ops {

Result<Prepared> PrepareArgExtremum(const NodeView& node, kernels::Extremum extremum);

}  // namespace brink::ops
