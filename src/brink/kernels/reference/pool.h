// The oracle of the pooling kernels.
#pragma once

#include "brink/kernels/pool.h"

namespace brink::kernels::reference {

void MaxPool(const PoolProblem& problem, const float* input, float* output);
void AveragePool(const PoolProblem& problem, const float* input, float* output);
void MaxPool(const QuantizedPoolProblem& problem, const int8_t* input, int8_t* output);
void MaxPool(const QuantizedPoolProblem& problem, const uint8_t* input, uint8_t* output);
void AveragePool(const QuantizedPoolProblem& problem, const int8_t* input, int8_t* output);
void AveragePool(const QuantizedPoolProblem& problem, const uint8_t* input, uint8_t* output);
void MaxPool(const QuantizedPoolProblem& problem, const int16_t* input, int16_t* output);
void AveragePool(const QuantizedPoolProblem& problem, const int16_t* input, int16_t* output);
void L2Pool(const PoolProblem& problem, const float* input, float* output);

}  // namespace brink::kernels::reference
