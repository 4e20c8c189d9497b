// Operators that work along the last axis: input 0 as [rows, depth].
#pragma once

#include "brink/base/result.h"
#include "brink/kernels/softmax.h"
#include "brink/ops/node_view.h"

namespace brink::ops {

// Fails for a scalar and for an empty last axis.
Result<kernels::SoftmaxShape> RowsOf(const NodeView& node);

}  // namespace brink::ops
