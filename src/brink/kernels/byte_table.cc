// The 256-entry functions of 8-bit tensors, made once at plan time.
#include <algorithm>
#include <cmath>

#include "brink/kernels/byte_table_maker.h"

namespace brink::kernels {

ByteTable StoredTable(Type input, Type output, const std::function<int32_t(int32_t)>& function) {
  return MakeTable(input, output, function);
}

ByteTable FunctionTable(QuantizedType input, QuantizedType output,
                        const std::function<float(float)>& function) {
  return MakeFunctionTable(input, output, function);
}

ByteTable LogisticTable(QuantizedType input, QuantizedType output) {
  return FunctionTable(input, output, [](float x) { return 1.0F / (1.0F + std::exp(-x)); });
}

ByteTable TanhTable(QuantizedType input, QuantizedType output) {
  return FunctionTable(input, output, [](float x) { return std::tanh(x); });
}

namespace {

ByteTable ScaleAndClamp(const QuantizedType& input, const QuantizedType& output, double scale,
                        FloatRange clamp) {
  const Multiplier multiplier = QuantizeMultiplier(scale);
  const IntRange range =
      QuantizedClampRange(clamp, output.affine.scale, output.affine.zero_point, output.type);
  return MakeTable(input.type, output.type, [&](int32_t value) {
    const int32_t scaled = MultiplyByMultiplier(value - input.affine.zero_point, multiplier);
    const int64_t result = int64_t{scaled} + output.affine.zero_point;
    return static_cast<int32_t>(std::clamp<int64_t>(result, range.low, range.high));
  });
}

}  // namespace

ByteTable RequantizeTable(QuantizedType input, QuantizedType output, Activation activation) {
  if (activation != Activation::kNone) return ClampTable(input, output, ClampRange(activation));
  const double scale =
      static_cast<double>(input.affine.scale) / static_cast<double>(output.affine.scale);
  return ScaleAndClamp(input, output, scale, {});
}

ByteTable ClampTable(QuantizedType input, QuantizedType output, FloatRange range) {
  // Single precision, where QUANTIZE divides in double: TFLite's choice.
  return ScaleAndClamp(input, output, static_cast<double>(input.affine.scale / output.affine.scale),
                       range);
}

ByteTable ConcatenationTable(QuantizedType input, QuantizedType output) {
  const float scale = input.affine.scale * (1.0F / output.affine.scale);
  const float bias = -static_cast<float>(input.affine.zero_point) * scale;
  return MakeTable(input.type, output.type, [&](int32_t value) {
    return ToSteps(static_cast<float>(value) * scale + bias) + output.affine.zero_point;
  });
}

}  // namespace brink::kernels
