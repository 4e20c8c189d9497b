#pragma once

#include "brink/kernels/quantized_conv.h"

namespace brink::kernels {

// 8-bit depthwise convolution with windows of three by three and five by five on 64-bit ARM: inputs
// are read where they are, each once for all windows of a line that it is in.
QuantizedConvKernel QuantizedSlidingDepthwiseEntry();

}  // namespace brink::kernels
