// MAX_POOL_2D and AVERAGE_POOL_2D over [batch, height, width, channels]. Cells outside the input do
// not count; an average over no cell is 0. shape.out_channels is shape.in_channels; dilation is 1.
#pragma once

#include <cstdint>

#include "brink/kernels/activation.h"
#include "brink/kernels/parallel.h"
#include "brink/kernels/window.h"

namespace brink::kernels {

struct PoolProblem {
  Conv2dShape shape;
  FloatRange range;  // for float32
};

struct QuantizedPoolProblem {
  Conv2dShape shape;
  IntRange range;  // within the type's range
};

// input and output do not overlap.
void MaxPool(const PoolProblem& problem, const float* input, float* output, const Parallel&);
void AveragePool(const PoolProblem& problem, const float* input, float* output, const Parallel&);

// Input and output have the same scale and zero point. Averages round half away from zero, as
// TFLite's reference kernels.
void MaxPool(const QuantizedPoolProblem&, const int8_t* input, int8_t* output, const Parallel&);
void MaxPool(const QuantizedPoolProblem&, const uint8_t* input, uint8_t* output, const Parallel&);
void AveragePool(const QuantizedPoolProblem&, const int8_t* input, int8_t* output, const Parallel&);
void AveragePool(const QuantizedPoolProblem&, const uint8_t* input, uint8_t* output,
                 const Parallel&);
void MaxPool(const QuantizedPoolProblem&, const int16_t* input, int16_t* output, const Parallel&);
void AveragePool(const QuantizedPoolProblem&, const int16_t* input, int16_t* output,
                 const Parallel&);

// L2_POOL_2D: the root of the mean of the squares, float32.
void L2Pool(const PoolProblem& problem, const float* input, float* output, const Parallel&);

}  // namespace brink::kernels
