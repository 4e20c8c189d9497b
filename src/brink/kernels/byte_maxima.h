// REDUCE_MAX and REDUCE_MIN of bytes by vectors. Only for this room's sources.
#pragma once

#include <cstdint>

#include "brink/kernels/reduce_axes.h"

namespace brink::kernels {

// output[outer][inner] = the greatest of input[outer][middle][inner] over the middle, or 0 over
// none, where each byte is taken with the bits in `flip` flipped: so the least is one too, and so
// are those of signed bytes.
void ReduceByteMaxima(const BlockShape& shape, uint8_t flip, const uint8_t* input, uint8_t* output,
                      const Parallel& parallel);

}  // namespace brink::kernels
