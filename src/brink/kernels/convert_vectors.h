// The conversions of numbers that models are full of, by vectors. Only for this room's sources.
#pragma once

#include <cstddef>

#include "brink/tensor/type.h"

namespace brink::kernels {

// Converts whole vectors of the first `count` elements as Convert does and returns how many
// elements they were.
using VectorConversion = size_t (*)(const void* input, void* output, size_t count);

// For the CPU target in use, or none.
VectorConversion ChooseConversion(Type from, Type to);

}  // namespace brink::kernels
