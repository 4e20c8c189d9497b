// 8-bit depthwise convolution of whole rows: an output row is one long run of bytes, 64 of which
// are computed together whatever the number of channels. For AVX-512 with VNNI; elsewhere it never
// applies.
#pragma once

#include "brink/kernels/quantized_conv.h"

namespace brink::kernels {

// The table entry of the CPU target in use.
QuantizedConvKernel QuantizedFlatDepthwiseEntry();

}  // namespace brink::kernels
