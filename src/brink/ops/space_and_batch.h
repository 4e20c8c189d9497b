// What SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND share: a tensor [batch, spatial..., rest...] and one
// [blocks * batch, spatial / block..., rest...], where image i of a block holds its pixels i.
#pragma once

#include <cstdint>
#include <vector>

#include "brink/base/result.h"
#include "brink/ops/movement.h"

namespace brink::ops {

// Input 1 is the block's extents, input 2 what is added to or cropped from the spatial axes.
struct Blocks {
  std::vector<int64_t> extents;
  std::vector<Padding> margins;
  int64_t count = 1;  // product of the extents
};
Result<Blocks> ReadBlocks(const NodeView& node);

// The pixels that lie in both tensors, one box an image of a block.
enum class BatchDirection { kToBatch, kToSpace };
std::vector<kernels::StridedCopy> BlockBoxes(const Blocks& blocks, const Shape& space,
                                             const Shape& batch, size_t element_bytes,
                                             BatchDirection direction);

}  // namespace brink::ops
