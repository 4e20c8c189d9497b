// 8-bit direct convolution: input windows are widened and packed for a few output pixels at a time,
// then multiplied with packed weights.
#pragma once

#include "brink/kernels/quantized_conv.h"

namespace brink::kernels {

// The table entry of the CPU target in use.
QuantizedConvKernel QuantizedDirectConvEntry();

}  // namespace brink::kernels
