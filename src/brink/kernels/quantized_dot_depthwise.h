#pragma once

#include "brink/kernels/quantized_conv.h"

namespace brink::kernels {

// As QuantizedSlidingDepthwiseEntry of signed bytes, and of seven by seven too, where NEON has its
// dot product: inputs are transposed as they pass by, so that an instruction adds four rows of a
// window.
QuantizedConvKernel QuantizedDotDepthwiseEntry();

}  // namespace brink::kernels
