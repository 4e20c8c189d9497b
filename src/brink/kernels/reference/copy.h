// The oracle of the copying kernels and of the reductions.
#pragma once

#include "brink/kernels/copy.h"
#include "brink/kernels/reduce.h"

namespace brink::kernels::reference {

void Pad(const PadProblem& problem, const void* value, const void* input, void* output);
void Mean(const ReduceProblem& problem, const float* input, float* output);

}  // namespace brink::kernels::reference
