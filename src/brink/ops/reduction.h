// What reductions share: input 1 is the axes, {keep_dims}.
#pragma once

#include "brink/base/result.h"
#include "brink/kernels/reduce.h"
#include "brink/ops/op.h"

namespace brink::ops {

// What is reduced and the shape of what remains.
struct ReducedShape {
  kernels::ReduceProblem problem;
  Shape output;
};
Result<ReducedShape> ReadReduction(const NodeView& node);

// REDUCE_MAX, REDUCE_MIN, REDUCE_PROD, SUM: float32, INT32, INT64, and quantised 8 and 16 bits, of
// which extrema are taken as they are stored.
Result<Prepared> PrepareReduce(const NodeView& node, kernels::Reduction reduction);

// REDUCE_ANY (kMax), REDUCE_ALL (kMin).
Result<Prepared> PrepareLogicalReduce(const NodeView& node, kernels::Reduction reduction);

// SUM and MEAN of a quantised tensor.
Result<Prepared> PrepareQuantizedSum(const NodeView& node, kernels::SumKind kind);

}  // namespace brink::ops
