// The options of MediaPipe's poolings: TFLite's pooling parameters as they lie in memory, 32-bit
// integers: padding (1 SAME, 2 VALID), stride width and height, window width and height,
// activation.
#pragma once

#include "brink/base/result.h"
#include "brink/kernels/activation.h"
#include "brink/ops/node_view.h"

namespace brink::ops {

struct RawPoolOptions {
  int32_t padding = 0;
  int32_t stride_width = 0;
  int32_t stride_height = 0;
  int32_t width = 0;
  int32_t height = 0;
  int32_t activation = 0;
};

// Extents are in [1, 2^16], the padding is one of the two.
Result<RawPoolOptions> ReadRawPoolOptions(const NodeView& node);

}  // namespace brink::ops
