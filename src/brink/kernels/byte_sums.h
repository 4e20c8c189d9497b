// SUM and MEAN of bytes by vectors. Only for this room's sources.
#pragma once

#include <cstdint>

#include "brink/kernels/reduce.h"

namespace brink::kernels {

// Whether 32 bits hold the sums, and vectors can scale them.
bool FitsByteSums(const QuantizedSum& sum, const ReduceProblem& problem);

// As Sum, where FitsByteSums. T: int8_t, uint8_t. `sums` is room for outputs() numbers.
template <class T>
void SumBytes(const QuantizedSum& sum, const ReduceProblem& problem, const T* input, T* output,
              int32_t* sums);

}  // namespace brink::kernels
