#include "brink/kernels/pool.h"

#include "brink/kernels/reference/pool.h"

namespace brink::kernels {

void MaxPool(const PoolProblem& p, const float* input, float* output, const Parallel&) {
  reference::MaxPool(p, input, output);
}
void AveragePool(const PoolProblem& p, const float* input, float* output, const Parallel&) {
  reference::AveragePool(p, input, output);
}
void MaxPool(const QuantizedPoolProblem& p, const int8_t* input, int8_t* output, const Parallel&) {
  reference::MaxPool(p, input, output);
}
void MaxPool(const QuantizedPoolProblem& p, const uint8_t* input, uint8_t* output,
             const Parallel&) {
  reference::MaxPool(p, input, output);
}
void AveragePool(const QuantizedPoolProblem& p, const int8_t* input, int8_t* output,
                 const Parallel&) {
  reference::AveragePool(p, input, output);
}
void AveragePool(const QuantizedPoolProblem& p, const uint8_t* input, uint8_t* output,
                 const Parallel&) {
  reference::AveragePool(p, input, output);
}

}  // namespace brink::kernels
