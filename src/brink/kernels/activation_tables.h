// Activations of 8-bit tensors as tables, bit for bit as TFLite's reference kernels.
#pragma once

#include <optional>

#include "brink/kernels/quantized_elementwise.h"

namespace brink::kernels {

ByteTable EluTable(QuantizedType input, QuantizedType output);
ByteTable GeluTable(QuantizedType input, QuantizedType output, bool approximate);
// In 16-bit fixed point; none when the output's scale is below input scale / 128, which that does
// not reach. Source: TFLite reference/hard_swish.h.
std::optional<ByteTable> HardSwishTable(QuantizedType input, QuantizedType output);
// Source: TFLite reference/leaky_relu.h.
ByteTable LeakyReluTable(QuantizedType input, QuantizedType output, float alpha);

}  // namespace brink::kernels
