// The oracle of every convolution kernel: a loop nest straight from the definition.
#pragma once

#include "brink/kernels/conv.h"
#include "brink/kernels/quantized_conv.h"

namespace brink::kernels::reference {

// Sums in double precision, so that a kernel's error is its own.
void Conv(const ConvProblem& problem, const ConvWeights& weights, const float* input,
          float* output);

void QuantizedConv(const QuantizedConvProblem& problem, const QuantizedConvWeights& weights,
                   const void* input, void* output);

// The same as table entries, so that the reference can be chosen like any kernel.
const ConvKernel& ConvEntry();
const QuantizedConvKernel& QuantizedConvEntry();

}  // namespace brink::kernels::reference
