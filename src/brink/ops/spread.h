// What DILATE and STABLEHLO_PAD share: an input's elements set apart.
#pragma once

#include <cstdint>
#include <vector>

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

// Along an axis: elements added before and after it, or, of a negative number, taken away there;
// and elements between each two, not negative.
struct SpreadAxis {
  int64_t before = 0;
  int64_t between = 0;
  int64_t after = 0;
};

// Input 0 with `axes`, one an axis; what is added is the one element of input `filling`.
Result<Prepared> PrepareSpread(const NodeView& node, const std::vector<SpreadAxis>& axes,
                               int filling);

}  // namespace brink::ops
