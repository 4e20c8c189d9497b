// The oracle of the 16-bit convolution.
#pragma once

#include "brink/kernels/short_conv.h"

namespace brink::kernels::reference {

void ShortConv(const ShortConvProblem& problem, const ShortConvWeights& weights,
               const int16_t* input, int16_t* output);

// What a sum becomes: scaled, clamped.
int16_t FinishShort(const ShortConvProblem& problem, int64_t sum, Multiplier multiplier);

}  // namespace brink::kernels::reference
