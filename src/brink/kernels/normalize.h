// Normalisations along the last axis of [rows, depth]: LOG_SOFTMAX, L2_NORMALIZATION,
// LOCAL_RESPONSE_NORMALIZATION. input and output may be the same memory, but for the last.
#pragma once

#include <cstdint>

#include "brink/kernels/parallel.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/kernels/softmax.h"

namespace brink::kernels {

// x - max - log(sum(exp(x - max)))
void LogSoftmax(const SoftmaxShape& shape, const float* input, float* output, const Parallel&);
// By a table of exponentials, as TFLite's built-in kernel. `softmax.output` has scale 16 / 256 and
// the highest zero point of T; `input_scale` is the input's.
void LogSoftmax(const QuantizedSoftmax& softmax, float input_scale,
                const QuantizedSoftmaxArguments<int8_t>& arguments, const Parallel& parallel);
void LogSoftmax(const QuantizedSoftmax& softmax, float input_scale,
                const QuantizedSoftmaxArguments<uint8_t>& arguments, const Parallel& parallel);

// x / max(sqrt(sum(x^2)), 1e-6)
void L2Normalize(const SoftmaxShape& shape, const float* input, float* output, const Parallel&);
// 8 bits in fixed point: the output's scale is 1 / 128, its zero point 0 (int8) or 128 (uint8).
// Source: TFLite reference/l2normalization.h, integer_ops/l2normalization.h.
template <class T>
void L2Normalize(int32_t input_zero_point, const QuantizedSoftmaxArguments<T>& arguments,
                 const Parallel& parallel);

// x (bias + alpha sum(x^2 over the channels within `radius`))^-beta
struct LocalResponse {
  int radius = 0;
  float bias = 0;
  float alpha = 0;
  float beta = 0;
};
void LocalResponseNormalize(const LocalResponse& response, const SoftmaxShape& shape,
                            const float* input, float* output, const Parallel&);

}  // namespace brink::kernels
