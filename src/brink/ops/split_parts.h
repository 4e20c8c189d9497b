// What SPLIT and SPLIT_V share.
#pragma once

#include <cstdint>
#include <vector>

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

// Output i is the next lengths[i] of `axis` of the input; together they are the whole.
struct SplitParts {
  int input = 0;
  int axis = 0;
  std::vector<int64_t> lengths;
};

Result<Prepared> PrepareSplit(const NodeView& node, const SplitParts& parts);

}  // namespace brink::ops
