// 8-bit depthwise convolution of whole rows: an output row is one long run of bytes, a vector of
// which is computed together whatever the number of channels. For x86; elsewhere it never applies.
#pragma once

#include "brink/kernels/quantized_conv.h"

namespace brink::kernels {

// The table entry of the CPU target in use.
QuantizedConvKernel QuantizedFlatDepthwiseEntry();

}  // namespace brink::kernels
