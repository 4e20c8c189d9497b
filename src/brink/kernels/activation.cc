#include "brink/kernels/activation.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace brink::kernels {

bool IsClamp(Activation activation) {
  return activation == Activation::kNone || activation == Activation::kRelu ||
         activation == Activation::kRelu6 || activation == Activation::kReluN1To1;
}

FloatRange ClampRange(Activation activation) {
  assert(IsClamp(activation));
  switch (activation) {
    case Activation::kRelu:
      return {0.0F, std::numeric_limits<float>::infinity()};
    case Activation::kRelu6:
      return {0.0F, 6.0F};
    case Activation::kReluN1To1:
      return {-1.0F, 1.0F};
    default:
      return {};
  }
}

IntRange TypeRange(Type type) {
  switch (type) {
    case Type::kInt8:
      return {-128, 127};
    case Type::kUInt8:
      return {0, 255};
    case Type::kInt16:
      return {-32768, 32767};
    default:
      return {};
  }
}

IntRange QuantizedClampRange(Activation activation, float scale, int32_t zero_point, Type type) {
  return QuantizedClampRange(ClampRange(activation), scale, zero_point, type);
}

IntRange QuantizedClampRange(FloatRange real, float scale, int32_t zero_point, Type type) {
  const IntRange all = TypeRange(type);
  // Clamping before the conversion keeps hostile scales from overflowing an integer.
  const auto quantize = [&](float value) {
    const float steps = std::round(value / scale) + static_cast<float>(zero_point);
    if (!(steps > static_cast<float>(all.low))) return all.low;
    if (!(steps < static_cast<float>(all.high))) return all.high;
    return static_cast<int32_t>(steps);
  };
  IntRange range = all;
  if (std::isfinite(real.low)) range.low = quantize(real.low);
  if (std::isfinite(real.high)) range.high = quantize(real.high);
  return range;
}

}  // namespace brink::kernels
