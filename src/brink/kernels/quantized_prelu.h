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

// T and Alpha are int8_t and int8_t, uint8_t and uint8_t, or int16_t and int8_t. output may be the
// input's memory.
template <class T, class Alpha>
struct QuantizedPreluArguments {
  const T* input = nullptr;
  const Alpha* alpha = nullptr;
  T* output = nullptr;
};
template <class T, class Alpha>
void Prelu(const QuantizedPrelu& prelu, const Broadcast& broadcast,
           const QuantizedPreluArguments<T, Alpha>& arguments, const Parallel& parallel);

}  // namespace brink::kernels
