// Products of matrices' rows with each other's, and their scaling, in integers: what is left of an
// SVDF once its features are computed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "brink/kernels/requantize.h"

namespace brink::kernels {

// sums[r] = a[r] . b[r] modulo 2^32, of matrices [rows, columns].
void RowProducts(const int16_t* a, const int16_t* b, int rows, int columns, int32_t* sums);
void RowProducts(const int8_t* a, const int8_t* b, int rows, int columns, int32_t* sums);

// Replaces each value by MultiplyByMultiplier of it.
void ScaleIntegers(int32_t* values, size_t count, Multiplier multiplier);

}  // namespace brink::kernels
