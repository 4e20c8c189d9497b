// What operators share that give the same elements another shape: their output is their input's
// memory.
#pragma once

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

// `shape` has as many elements as input 0 (checked).
Result<Prepared> PrepareReshape(const NodeView& node, const Shape& shape);

}  // namespace brink::ops
