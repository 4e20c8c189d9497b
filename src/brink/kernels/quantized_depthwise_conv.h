// 8-bit depthwise convolution: input rows are rearranged so that neighbouring taps of a channel lie
// side by side, as the dot products of int_kernel-inl.h take them.
#pragma once

#include "brink/kernels/quantized_conv.h"

namespace brink::kernels {

// The table entry of the CPU target in use.
QuantizedConvKernel QuantizedDepthwiseConvEntry();

}  // namespace brink::kernels
