// 8-bit convolution of windows larger than a pixel: bands of input rows are copied once, with their
// padding, and every window is read where it lies, a group's cell by cell.
#pragma once

#include "brink/kernels/quantized_conv.h"

namespace brink::kernels {

// The table entry of the CPU target in use.
QuantizedConvKernel QuantizedBandedConvEntry();

}  // namespace brink::kernels
