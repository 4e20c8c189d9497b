// SOFTMAX over the last axis: exp(beta (x - max)) / sum.
#pragma once

#include <array>
#include <cstdint>

#include "brink/kernels/parallel.h"
#include "brink/kernels/requantize.h"
#include "brink/kernels/short_functions.h"

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

// T is int8_t or uint8_t, Out is T or int16_t. input and output are [rows, depth]; they may be the
// same memory where their types are.
template <class T, class Out = T>
struct QuantizedSoftmaxArguments {
  SoftmaxShape shape;
  const T* input = nullptr;
  Out* output = nullptr;
};
void Softmax(const QuantizedSoftmax&, const QuantizedSoftmaxArguments<int8_t>&, const Parallel&);
void Softmax(const QuantizedSoftmax&, const QuantizedSoftmaxArguments<uint8_t>&, const Parallel&);
void Softmax(const QuantizedSoftmax&, const QuantizedSoftmaxArguments<int8_t, int16_t>&,
             const Parallel&);
void Softmax(const QuantizedSoftmax&, const QuantizedSoftmaxArguments<uint8_t, int16_t>&,
             const Parallel&);

// 16-bit softmax in fixed point; the output's scale is 1 / 32768, without zero points.
// Source: TFLite reference/softmax.h, SoftmaxInt16.
struct ShortSoftmax {
  ShortTable exp;         // of [-10, 0]
  ShortTable reciprocal;  // 1 / (1 + x) of [0, 1]
  Multiplier input;       // takes differences of inputs to steps of 10 / 65535
};
ShortSoftmax MakeShortSoftmax(float beta, float input_scale);
void Softmax(const ShortSoftmax&, const QuantizedSoftmaxArguments<int16_t>&, const Parallel&);

}  // namespace brink::kernels
