// What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED share: input 0 is the input, 1 the filter, 2
// the bias or absent.
#pragma once

#include "brink/base/result.h"
#include "brink/kernels/conv.h"
#include "brink/ops/op.h"

namespace brink::ops {

struct Convolution {
  kernels::Conv2dShape shape;
  kernels::FilterLayout layout = kernels::FilterLayout::kOhwi;
  Shape output;               // the output tensor's shape
  int filter_axis = 0;        // of output channels
  bool float_scales = false;  // see ConvOperands
};

// Checks types, bias and quantisation (see ConvForm); chooses the kernel.
Result<Prepared> PrepareConvolution(const NodeView& node, const Convolution& convolution);

}  // namespace brink::ops
