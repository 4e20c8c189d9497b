#include "brink/kernels/reference/softmax.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace brink::kernels::reference {
namespace {

// Output scales that make no sense give steps that no integer holds, or NaN.
float Bounded(float steps) { return steps > -1e6F ? std::min(1e6F, steps) : -1e6F; }

int32_t RoundOutput(int16_t /*tag*/, float steps, int32_t zero_point) {
  return static_cast<int32_t>(std::round(Bounded(steps))) + zero_point;
}
int32_t RoundOutput(int8_t /*tag*/, float steps, int32_t zero_point) {
  return static_cast<int32_t>(std::round(Bounded(steps))) + zero_point;
}
// TFLite adds a half and truncates here, which differs from rounding just below a half.
int32_t RoundOutput(uint8_t /*tag*/, float steps, int32_t zero_point) {
  return static_cast<int32_t>(Bounded(steps) + 0.5F) + zero_point;
}

template <class T, class Out>
void QuantizedSoftmaxOf(const QuantizedSoftmax& softmax,
                        const QuantizedSoftmaxArguments<T, Out>& arguments) {
  const auto depth = arguments.shape.depth;
  for (int64_t row = 0; row < arguments.shape.rows; ++row) {
    const T* in = arguments.input + row * depth;
    Out* out = arguments.output + row * depth;
    const int32_t most = *std::max_element(in, in + depth);
    const auto exp_of = [&](T stored) {
      return softmax.exp_table[static_cast<size_t>(255 - (most - stored))];
    };
    float sum = 0;
    for (int64_t i = 0; i < depth; ++i) sum += exp_of(in[i]);
    const float scale = 1.0F / (sum * softmax.output.scale);
    for (int64_t i = 0; i < depth; ++i) {
      const int32_t value = RoundOutput(Out{}, exp_of(in[i]) * scale, softmax.output.zero_point);
      const int32_t least = std::numeric_limits<Out>::min();
      out[i] = static_cast<Out>(std::clamp<int32_t>(value, least, std::numeric_limits<Out>::max()));
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

void Softmax(const QuantizedSoftmax& softmax,
             const QuantizedSoftmaxArguments<int8_t, int16_t>& arguments) {
  QuantizedSoftmaxOf(softmax, arguments);
}
void Softmax(const QuantizedSoftmax& softmax,
             const QuantizedSoftmaxArguments<uint8_t, int16_t>& arguments) {
  QuantizedSoftmaxOf(softmax, arguments);
}

void SoftmaxRow(const ShortSoftmax& softmax, const int16_t* input, int16_t* output, int64_t depth) {
  const int32_t most = *std::max_element(input, input + depth);
  int64_t total = 0;  // with 15 fraction bits
  for (int64_t i = 0; i < depth; ++i) {
    const int64_t steps = MultiplyByMultiplier(input[i] - most, softmax.input);
    output[i] = Lookup(softmax.exp,
                       static_cast<int16_t>(std::clamp<int64_t>(steps + 32767, -32768, 32767)));
    total += output[i];
  }
  const auto sum = static_cast<uint32_t>(std::clamp<int64_t>(total, 1, INT32_MAX));
  const int headroom = std::countl_zero(sum);  // at least 1
  // The sum as 1 + x, x in [0, 1) with 16 fraction bits, moved to the table's signed range.
  const int64_t shifted = ((int64_t{sum} << (headroom - 1)) + (1 << 13)) >> 14;
  const int64_t fraction = shifted - ((1 << 15) + (1 << 16));
  const int16_t reciprocal = Lookup(
      softmax.reciprocal, static_cast<int16_t>(std::clamp<int64_t>(fraction, -32768, 32767)));
  const int right = std::max(1, 31 - headroom);
  for (int64_t i = 0; i < depth; ++i) {
    const int64_t product = int64_t{output[i]} * reciprocal + (int64_t{1} << (right - 1));
    output[i] = static_cast<int16_t>(std::clamp<int64_t>(product >> right, 0, 32767));
  }
}

}  // namespace brink::kernels::reference
