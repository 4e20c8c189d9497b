// Functions of 32-bit fixed-point numbers, bit for bit as gemmlowp and TFLite compute them.
// Source: gemmlowp fixedpoint.h; TFLite kernels/internal/common.h.
#pragma once

#include <cstdint>

#include "brink/kernels/requantize.h"

namespace brink::kernels {

// 1 / sqrt(x) for x >= 0; 0 counts as 1.
Multiplier InverseSquareRoot(int32_t x);

}  // namespace brink::kernels
