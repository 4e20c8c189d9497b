// PRELU of quantised tensors, bit for bit as TFLite's reference kernel.
// Source: TFLite reference/prelu.h.
#pragma once

#include <cstdint>

#include "brink/kernels/activation.h"
#include "brink/kernels/broadcast.h"
#include "brink/kernels/parallel.h"
#include "brink/kernels/requantize.h"

namespace brink::kernels {

struct QuantizedPrelu {
  int32_t input_zero_point = 0;
  int32_t alpha_zero_point = 0;
  int32_t output_zero_point = 0;
  Multiplier positive;
  Multiplier negative;  // of the product with alpha
  IntRange range;
};
QuantizedPrelu MakeQuantizedPrelu(Affine input, Affine alpha, Affine output, IntRange range);

// The input, the slopes, and the output, which may be the input's memory.
template <class T, class Alpha>
struct QuantizedPreluArguments {
  const T* a = nullptr;
  const Alpha* b = nullptr;
  T* output = nullptr;
};
void Prelu(const QuantizedPrelu&, const Broadcast&, const QuantizedPreluArguments<int8_t, int8_t>&,
           const Parallel&);
void Prelu(const QuantizedPrelu&, const Broadcast&,
           const QuantizedPreluArguments<uint8_t, uint8_t>&, const Parallel&);
void Prelu(const QuantizedPrelu&, const Broadcast&, const QuantizedPreluArguments<int16_t, int8_t>&,
           const Parallel&);

}  // namespace brink::kernels
