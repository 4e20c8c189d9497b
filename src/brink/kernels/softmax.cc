#include "brink/kernels/softmax.h"

#include <cmath>

#include "brink/kernels/reference/softmax.h"

namespace brink::kernels {

QuantizedSoftmax MakeQuantizedSoftmax(float beta, float input_scale, Affine output) {
  QuantizedSoftmax softmax;
  softmax.output = output;
  const float scale = -input_scale * beta;
  for (int difference = 0; difference < 256; ++difference) {
    softmax.exp_table[static_cast<size_t>(255 - difference)] =
        std::exp(scale * static_cast<float>(difference));
  }
  return softmax;
}

void Softmax(const SoftmaxShape& shape, float beta, const float* input, float* output,
             const Parallel&) {
  reference::Softmax(shape, beta, input, output);
}
void Softmax(const QuantizedSoftmax& softmax, const QuantizedSoftmaxArguments<int8_t>& arguments,
             const Parallel&) {
  reference::Softmax(softmax, arguments);
}
void Softmax(const QuantizedSoftmax& softmax, const QuantizedSoftmaxArguments<uint8_t>& arguments,
             const Parallel&) {
  reference::Softmax(softmax, arguments);
}

}  // namespace brink::kernels
