// The 256-entry functions of 8-bit tensors, made once at plan time.
#include <algorithm>
#include <cassert>
#include <cmath>

#include "brink/kernels/quantized_elementwise.h"

namespace brink::kernels {
namespace {

// table[stored] = function(stored value as an integer), clamped to the output's type.
template <class Function>
ByteTable MakeTable(Type input, Type output, Function function) {
  const IntRange in = TypeRange(input);
  const IntRange out = TypeRange(output);
  ByteTable table{};
  for (int32_t value = in.low; value <= in.high; ++value) {
    const int32_t result = std::clamp(function(value), out.low, out.high);
    table[static_cast<uint8_t>(value)] = static_cast<uint8_t>(result);
  }
  return table;
}

// A float as an integer that 8-bit zero points can be added to without overflow; NaN is 0.
int32_t ToSteps(float value) {
  if (std::isnan(value)) return 0;
  return static_cast<int32_t>(std::clamp(std::round(value), -1e6F, 1e6F));
}

}  // namespace

ByteTable FunctionTable(QuantizedType input, QuantizedType output, float (*function)(float)) {
  const float inverse_scale = 1.0F / output.affine.scale;
  return MakeTable(input.type, output.type, [&](int32_t value) {
    const float real = input.affine.scale * static_cast<float>(value - input.affine.zero_point);
    return ToSteps(function(real) * inverse_scale) + output.affine.zero_point;
  });
}

ByteTable LogisticTable(QuantizedType input, QuantizedType output) {
  return FunctionTable(input, output, [](float x) { return 1.0F / (1.0F + std::exp(-x)); });
}

ByteTable TanhTable(QuantizedType input, QuantizedType output) {
  return FunctionTable(input, output, [](float x) { return std::tanh(x); });
}

ByteTable RequantizeTable(QuantizedType input, QuantizedType output, Activation activation) {
  // RELU divides the scales in single precision, QUANTIZE in double: TFLite's choice.
  const double scale =
      activation == Activation::kNone
          ? static_cast<double>(input.affine.scale) / static_cast<double>(output.affine.scale)
          : static_cast<double>(input.affine.scale / output.affine.scale);
  const Multiplier multiplier = QuantizeMultiplier(scale);
  const IntRange range =
      QuantizedClampRange(activation, output.affine.scale, output.affine.zero_point, output.type);
  return MakeTable(input.type, output.type, [&](int32_t value) {
    const int32_t scaled = MultiplyByMultiplier(value - input.affine.zero_point, multiplier);
    const int64_t result = int64_t{scaled} + output.affine.zero_point;
    return static_cast<int32_t>(std::clamp<int64_t>(result, range.low, range.high));
  });
}

ByteTable ConcatenationTable(QuantizedType input, QuantizedType output) {
  const float scale = input.affine.scale * (1.0F / output.affine.scale);
  const float bias = -static_cast<float>(input.affine.zero_point) * scale;
  return MakeTable(input.type, output.type, [&](int32_t value) {
    return ToSteps(static_cast<float>(value) * scale + bias) + output.affine.zero_point;
  });
}

}  // namespace brink::kernels
