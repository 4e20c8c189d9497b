// What MAX_POOL_2D, AVERAGE_POOL_2D and L2_POOL_2D share: Pool2DOptions {padding, stride_w,
// stride_h, filter_width, filter_height, fused_activation}.
#pragma once

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

enum class PoolKind { kMax, kAverage, kRootMeanSquare };

Result<Prepared> PreparePool(const NodeView& node, PoolKind kind);

}  // namespace brink::ops
