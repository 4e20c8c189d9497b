// What SELECT and SELECT_V2 share: input 0 is the condition, 1 is taken where it holds, 2
// elsewhere.
#pragma once

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

// Inputs 1 and 2 of one type, which is the output's. `condition` is input 0's shape or one of as
// many elements.
Result<Prepared> PrepareSelect(const NodeView& node, const Shape& condition);

}  // namespace brink::ops
