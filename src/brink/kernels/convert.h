// Elements of one type as elements of another.
#pragma once

#include <cstdint>
#include <span>

#include "brink/kernels/parallel.h"
#include "brink/kernels/requantize.h"
#include "brink/tensor/type.h"

namespace brink::kernels {

// Whether Convert knows the type: all numbers, bool, and of complex64 the real part.
bool IsConvertible(Type type);

// `count` elements, dense. Integers wrap into narrower ones; floats are cut towards 0 and saturate,
// NaN gives 0; to bool all but 0 is true; INT4 is two a byte, the first in the low half. Both types
// are convertible (asserted).
void Convert(Type from, const void* input, Type to, void* output, int64_t count,
             const Parallel& parallel);

// Stored integers of one quantisation as those of another: the types are INT8, UINT8, INT16, INT32.
// Source: TFLite internal/reference/requantize.h.
struct Requantization {
  Type from = Type::kInt8;
  Type to = Type::kInt8;
  int32_t input_zero_point = 0;
  int32_t output_zero_point = 0;
  Multiplier multiplier;
};
void Requantize(const Requantization& requantization, const void* input, void* output,
                int64_t count, const Parallel& parallel);

// Stored integers of `type` (INT4, INT8, UINT8, INT16) to float32.
void Dequantize(Type type, Affine input, const void* stored, float* output, int64_t count,
                const Parallel& parallel);
// The same where each index of an axis has a scale and zero point: [outer, scales.size(), inner].
struct ChannelScales {
  int64_t outer = 1;
  int64_t inner = 1;
  std::span<const float> scales;
  std::span<const int64_t> zero_points;
};
void Dequantize(Type type, const ChannelScales& channels, const void* stored, float* output);

}  // namespace brink::kernels
