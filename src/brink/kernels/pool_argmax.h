// MediaPipe's pooling that remembers where the maximum was, and its reverse.
// Source: MediaPipe util/tflite/operations/max_pool_argmax.cc, max_unpooling.cc.
#pragma once

#include "brink/kernels/pool.h"

namespace brink::kernels {

// `indices` gets row * window width + column of the maximum in its window, and a tenth, which
// survives a conversion to half precision and back.
void MaxPoolArgmax(const PoolProblem& problem, const float* input, float* output, float* indices);

// input and indices are [batch, out_height, out_width, channels] of the pooling that `shape` is,
// output is [batch, in_height, in_width, channels]; what no index names is zero, as is what indices
// outside of the output name.
void MaxUnpool(const Conv2dShape& shape, const float* input, const float* indices, float* output);

}  // namespace brink::kernels
