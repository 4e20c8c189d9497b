// Direct convolution: a product of input windows and packed weights without an im2col buffer. Any
// stride, dilation, padding and group count; 1x1 convolutions and fully connected layers are its
// plain case.
#pragma once

#include "brink/kernels/conv.h"

namespace brink::kernels {

// The table entry of the CPU target in use.
ConvKernel DirectConvEntry();

}  // namespace brink::kernels
