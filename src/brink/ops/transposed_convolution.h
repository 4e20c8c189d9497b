// What TRANSPOSE_CONV and Convolution2DTransposeBias share.
#pragma once

#include "brink/base/result.h"
#include "brink/kernels/transpose_conv.h"
#include "brink/ops/conv_form.h"

namespace brink::ops {

struct TransposedWindow {
  int32_t stride_height = 1;
  int32_t stride_width = 1;
  int64_t out_height = 1;
  int64_t out_width = 1;
  int64_t pad_top = 0;
  int64_t pad_left = 0;
};

// Strides, extents and padding that kernels count with; the input [batch, height, width, channels],
// the filter [out_channels, height, width, channels].
Result<kernels::TransposeConvShape> TransposedShape(const NodeView& node,
                                                    const ConvOperands& operands,
                                                    const TransposedWindow& window);

// Constant weights only.
Result<Prepared> PrepareTransposed(const NodeView& node, const ConvOperands& operands,
                                   const kernels::TransposeConvShape& shape);

}  // namespace brink::ops
