// SPACE_TO_DEPTH and DEPTH_TO_SPACE: {block_size}. Blocks of pixels become one pixel with all their
// channels, and back. Input 0 is [batch, height, width, channels].
#pragma once

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

enum class DepthDirection { kSpaceToDepth, kDepthToSpace };

Result<Prepared> PrepareSpaceAndDepth(const NodeView& node, DepthDirection direction);

}  // namespace brink::ops
