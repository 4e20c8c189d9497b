// Activations that an operator applies to its result before it stores it.
#pragma once

#include <cstdint>
#include <limits>

#include "brink/tensor/type.h"

namespace brink::kernels {

// The values are TFLite's ActivationFunctionType (schema.fbs).
enum class Activation : int8_t {
  kNone = 0,
  kRelu = 1,
  kReluN1To1 = 2,
  kRelu6 = 3,
  kTanh = 4,
  kSignBit = 5,
};

// A result is clamped to [low, high]; NaN stays NaN.
struct FloatRange {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

struct IntRange {
  int32_t low = std::numeric_limits<int32_t>::min();
  int32_t high = std::numeric_limits<int32_t>::max();
};

// Whether the activation is a clamp (none, relu, relu6, relu_n1_to_1), so that kernels can fuse it.
bool IsClamp(Activation activation);

// The clamp that `activation` is; IsClamp(activation) (asserted).
FloatRange ClampRange(Activation activation);

// The clamp in stored values of an 8- or 16-bit tensor with this scale and zero point.
// Source: TFLite kernel_util.cc, CalculateActivationRangeQuantized.
IntRange QuantizedClampRange(Activation activation, float scale, int32_t zero_point, Type type);

// The same for any clamp.
IntRange QuantizedClampRange(FloatRange range, float scale, int32_t zero_point, Type type);

// The range of an integer type of at most 32 bits.
IntRange TypeRange(Type type);

}  // namespace brink::kernels
