// What SEGMENT_SUM and UNSORTED_SEGMENT_* share: slices of input 0 whose number in input 1 is the
// same are reduced to one.
#pragma once

#include "brink/base/result.h"
#include "brink/kernels/reduce.h"
#include "brink/ops/op.h"

namespace brink::ops {

// The numbers' shape begins the data's; a number below 0 drops its slice, one of `segments` or more
// fails the run.
Result<Prepared> PrepareSegments(const NodeView& node, kernels::Reduction reduction,
                                 int64_t segments);

// UNSORTED_SEGMENT_*: input 2 is how many segments there are.
Result<Prepared> PrepareUnsortedSegments(const NodeView& node, kernels::Reduction reduction);

}  // namespace brink::ops
