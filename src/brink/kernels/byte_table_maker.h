// Makes the 256-entry functions of 8-bit tensors. Only for this room's sources.
#pragma once

#include <algorithm>
#include <cmath>

#include "brink/kernels/quantized_elementwise.h"

namespace brink::kernels {

// table[stored] = function(stored value as an integer), clamped to the output's type.
template <class Function>
ByteTable MakeTable(Type input, Type output, Function function) {
  const IntRange in = TypeRange(input);
  const IntRange out = TypeRange(output);
  ByteTable table{};
  for (int32_t value = in.low; value <= in.high; ++value) {
    const int32_t result = std::clamp<int32_t>(function(value), out.low, out.high);
    table[static_cast<uint8_t>(value)] = static_cast<uint8_t>(result);
  }
  return table;
}

// A float as an integer that 8- and 16-bit zero points can be added to without overflow; NaN is 0.
inline int32_t ToSteps(float value) {
  if (std::isnan(value)) return 0;
  return static_cast<int32_t>(std::clamp(std::round(value), -1e6F, 1e6F));
}

// As FunctionTable, of any callable.
template <class Function>
ByteTable MakeFunctionTable(const QuantizedType& input, const QuantizedType& output,
                            Function function) {
  const float inverse_scale = 1.0F / output.affine.scale;
  return MakeTable(input.type, output.type, [&](int32_t value) {
    const float real = input.affine.scale * static_cast<float>(value - input.affine.zero_point);
    return ToSteps(function(real) * inverse_scale) + output.affine.zero_point;
  });
}

}  // namespace brink::kernels
