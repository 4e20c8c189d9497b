// Constants that have a scale for each block of their elements (TFLite's BlockwiseQuantization).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "brink/base/result.h"
#include "brink/ops/node_view.h"

namespace brink::ops {

// Blocks of `size` elements along the last axis: real = scale * (stored - zero point).
struct FilterBlocks {
  size_t size = 1;
  std::vector<float> scales;  // one a block, in the order of the elements
  std::vector<float> zeros;   // as many, or none

  // `stored`: signed bytes, whole blocks.
  std::vector<float> Widen(std::span<const std::byte> stored) const;
};

// Of input `i`, a constant of INT4 or INT8 that has Value::blocks: FLOAT16 or FLOAT32 scales;
// INT8, INT32 or INT64 zero points or none.
Result<FilterBlocks> ReadFilterBlocks(const NodeView& node, int i);

}  // namespace brink::ops
