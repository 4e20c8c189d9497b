// Depthwise convolution with one output channel an input channel: vectors of channels, sums of
// neighbouring output pixels in registers, padding by shortened windows instead of zeros.
#pragma once

#include "brink/kernels/conv.h"

namespace brink::kernels {

// The table entry of the CPU target in use.
ConvKernel DepthwiseConvEntry();

}  // namespace brink::kernels
