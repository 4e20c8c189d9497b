// What comparisons and logic of two broadcast inputs share; their output is BOOL.
#pragma once

#include "brink/base/result.h"
#include "brink/kernels/compare.h"
#include "brink/ops/op.h"

namespace brink::ops {

// EQUAL, LESS, ... of float32, integers, and 8-bit and 16-bit quantised tensors, which are compared
// by the numbers they stand for; EQUAL and NOT_EQUAL of bool too.
Result<Prepared> PrepareComparison(const NodeView& node, kernels::Comparison comparison);

// LOGICAL_AND, LOGICAL_OR.
Result<Prepared> PrepareLogic(const NodeView& node, kernels::Logic logic);

}  // namespace brink::ops
