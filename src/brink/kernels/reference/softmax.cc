#include "brink/kernels/reference/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace brink::kernels::reference {
namespace {

// Output scales that make no sense give steps that no integer holds, or NaN.
float Bounded(float steps) { return steps > -1e6F ? std::min(1e6F, steps) : -1e6F; }

int32_t RoundOutput(int8_t /*tag*/, float steps, int32_t zero_point) {
  return static_cast<int32_t>(std::round(Bounded(steps))) + zero_point;
}
// TFLite adds a half and truncates here, which differs from rounding just below a half.
int32_t RoundOutput(uint8_t /*tag*/, float steps, int32_t zero_point) {
  return static_cast<int32_t>(Bounded(steps) + 0.5F) + zero_point;
}

template <class T>
void QuantizedSoftmaxOf(const QuantizedSoftmax& softmax,
                        const QuantizedSoftmaxArguments<T>& arguments) {
  const auto depth = arguments.shape.depth;
  for (int64_t row = 0; row < arguments.shape.rows; ++row) {
    const T* in = arguments.input + row * depth;
    T* out = arguments.output + row * depth;
    const int32_t most = *std::max_element(in, in + depth);
    const auto exp_of = [&](T stored) {
      return softmax.exp_table[static_cast<size_t>(255 - (most - stored))];
    };
    float sum = 0;
    for (int64_t i = 0; i < depth; ++i) sum += exp_of(in[i]);
    const float scale = 1.0F / (sum * softmax.output.scale);
    for (int64_t i = 0; i < depth; ++i) {
      const int32_t value = RoundOutput(T{}, exp_of(in[i]) * scale, softmax.output.zero_point);
      const int32_t least = std::numeric_limits<T>::min();
      out[i] = static_cast<T>(std::clamp<int32_t>(value, least, std::numeric_limits<T>::max()));
    }
  }
}

}  // namespace

void Softmax(const SoftmaxShape& shape, float beta, const float* input, float* output) {
  std::vector<double> exps(static_cast<size_t>(shape.depth));
  for (int64_t row = 0; row < shape.rows; ++row) {
    const float* in = input + row * shape.depth;
    float* out = output + row * shape.depth;
    const double most = *std::max_element(in, in + shape.depth);
    double sum = 0;
    for (size_t i = 0; i < exps.size(); ++i) {
      exps[i] = std::exp((double{in[i]} - most) * double{beta});
      sum += exps[i];
    }
    for (size_t i = 0; i < exps.size(); ++i) out[i] = static_cast<float>(exps[i] / sum);
  }
}

void Softmax(const QuantizedSoftmax& softmax, const QuantizedSoftmaxArguments<int8_t>& arguments) {
  QuantizedSoftmaxOf(softmax, arguments);
}
void Softmax(const QuantizedSoftmax& softmax, const QuantizedSoftmaxArguments<uint8_t>& arguments) {
  QuantizedSoftmaxOf(softmax, arguments);
}

}  // namespace brink::kernels::reference
