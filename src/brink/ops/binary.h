// What elementwise operators with two broadcast inputs share. Options, where there are any:
// {fused_activation, ...}.
#pragma once

#include "brink/base/result.h"
#include "brink/kernels/elementwise.h"
#include "brink/ops/op.h"

namespace brink::ops {

// float32; ADD, SUB and MUL int8 and uint8 too.
Result<Prepared> PrepareBinary(const NodeView& node, kernels::BinaryOp op);

}  // namespace brink::ops
