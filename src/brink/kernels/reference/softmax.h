// The oracle of the softmax kernels.
#pragma once

#include "brink/kernels/softmax.h"

namespace brink::kernels::reference {

void Softmax(const SoftmaxShape& shape, float beta, const float* input, float* output);
void Softmax(const QuantizedSoftmax& softmax, const QuantizedSoftmaxArguments<int8_t>& arguments);
void Softmax(const QuantizedSoftmax& softmax, const QuantizedSoftmaxArguments<uint8_t>& arguments);
void Softmax(const QuantizedSoftmax& softmax,
             const QuantizedSoftmaxArguments<int8_t, int16_t>& arguments);
void Softmax(const QuantizedSoftmax& softmax,
             const QuantizedSoftmaxArguments<uint8_t, int16_t>& arguments);
void SoftmaxRow(const ShortSoftmax& softmax, const int16_t* input, int16_t* output, int64_t depth);

}  // namespace brink::kernels::reference
