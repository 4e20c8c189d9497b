// Functions of 16-bit tensors, bit for bit as TFLite's reference kernels. Elementwise; output may
// be the input's memory.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "brink/kernels/activation.h"
#include "brink/kernels/parallel.h"
#include "brink/kernels/requantize.h"

namespace brink::kernels {

// f at 512 steps over the range of 16-bit inputs and its end, in stored outputs; between them the
// value is interpolated.
using ShortTable = std::array<int16_t, 513>;

// Source: TFLite kernels/internal/common.h, LUTPopulate for int16.
ShortTable MakeShortTable(Affine input, Affine output, const std::function<float(float)>& function);

inline int16_t Lookup(const ShortTable& table, int16_t value) {
  const int index = 256 + (value >> 7);
  const int32_t base = table[static_cast<size_t>(index)];
  const int32_t slope = table[static_cast<size_t>(index) + 1] - base;
  return static_cast<int16_t>(base + ((slope * (value & 0x7F) + 64) >> 7));
}

struct ShortArguments {
  const int16_t* input = nullptr;
  int16_t* output = nullptr;
  int64_t count = 0;
};

void ApplyTable(const ShortTable& table, const ShortArguments& arguments, const Parallel& parallel);

// LOGISTIC and TANH of inputs without zero point; the output's scale is 1 / 32768.
// Source: TFLite reference/integer_ops/logistic.h, tanh.h.
void Logistic(float input_scale, const ShortArguments& arguments, const Parallel& parallel);
void Tanh(float input_scale, const ShortArguments& arguments, const Parallel& parallel);

// One multiplier for values below zero, one for the others, then a clamp: LEAKY_RELU, RELU and its
// kin. Source: TFLite reference/leaky_relu.h.
struct ShortSlopes {
  Multiplier negative;
  Multiplier positive;
  int32_t input_zero_point = 0;
  int32_t output_zero_point = 0;
  IntRange range = {-32768, 32767};
};
ShortSlopes MakeLeakyRelu(Affine input, Affine output, float alpha);
ShortSlopes MakeShortClamp(Affine input, Affine output, FloatRange range);
void ApplySlopes(const ShortSlopes& slopes, const ShortArguments& arguments,
                 const Parallel& parallel);

}  // namespace brink::kernels
