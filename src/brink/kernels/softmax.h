// SOFTMAX over the last axis: exp(beta (x - max)) / sum.
#pragma once

#include <array>
#include <cstdint>

#include "brink/kernels/parallel.h"
#include "brink/kernels/requantize.h"

namespace brink::kernels {

struct SoftmaxShape {
  int64_t rows = 1;
  int64_t depth = 1;
};

// input and output are [rows, depth]; they may be the same memory.
void Softmax(const SoftmaxShape& shape, float beta, const float* input, float* output,
             const Parallel& parallel);

// 8-bit softmax by a table of exponentials, as TFLite's built-in kernel does it.
// Source: TFLite optimized_ops.h, PopulateSoftmaxLookupTable.
struct QuantizedSoftmax {
  std::array<float, 256> exp_table{};  // [255 - difference to the row's maximum]
  Affine output;
};

QuantizedSoftmax MakeQuantizedSoftmax(float beta, float input_scale, Affine output);

// T is int8_t or uint8_t. input and output are [rows, depth]; they may be the same memory.
template <class T>
struct QuantizedSoftmaxArguments {
  SoftmaxShape shape;
  const T* input = nullptr;
  T* output = nullptr;
};
void Softmax(const QuantizedSoftmax&, const QuantizedSoftmaxArguments<int8_t>&, const Parallel&);
void Softmax(const QuantizedSoftmax&, const QuantizedSoftmaxArguments<uint8_t>&, const Parallel&);

}  // namespace brink::kernels
