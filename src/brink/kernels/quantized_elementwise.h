// 8- and 16-bit elementwise operators, bit for bit as TFLite's reference kernels.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "brink/kernels/activation.h"
#include "brink/kernels/broadcast.h"
#include "brink/kernels/parallel.h"
#include "brink/kernels/requantize.h"
#include "brink/tensor/type.h"

namespace brink::kernels {

// A function of one byte: table[stored value as uint8_t] is the stored result.
using ByteTable = std::array<uint8_t, 256>;

struct QuantizedType {
  Type type = Type::kInt8;  // kInt8 or kUInt8
  Affine affine;
};

// round(function(real) / scale) + zero point. Serves LOGISTIC, TANH, EXP, ...
// Source: TFLite kernels/internal/common.h, LUTPopulate.
ByteTable FunctionTable(QuantizedType input, QuantizedType output,
                        const std::function<float(float)>& function);
ByteTable LogisticTable(QuantizedType input, QuantizedType output);
ByteTable TanhTable(QuantizedType input, QuantizedType output);
// QUANTIZE from 8 bits to 8 bits, and RELU, RELU6, RELU_N1_TO_1 (IsClamp(activation), asserted).
ByteTable RequantizeTable(QuantizedType input, QuantizedType output, Activation activation);
// The clamps among them, and others (RELU_0_TO_1).
ByteTable ClampTable(QuantizedType input, QuantizedType output, FloatRange range);
// What CONCATENATION does to an input whose scale or zero point is not the output's.
ByteTable ConcatenationTable(QuantizedType input, QuantizedType output);

// A function of stored values, whose results are clamped to the output's type.
ByteTable StoredTable(Type input, Type output, const std::function<int32_t(int32_t)>& function);

// output[i] = table[input[i]]; input and output may be the same memory.
struct ByteArguments {
  const uint8_t* input = nullptr;
  uint8_t* output = nullptr;
  int64_t count = 0;
};
void ApplyTable(const ByteTable& table, const ByteArguments& arguments, const Parallel& parallel);

// A sum of two bytes with `fraction` + 16 bits behind the point, by the fewest instructions that
// NEON has: of bytes shifted to the top of 32 bits the rounded high products with `a` and `b`, and
// the offset. 32 bits hold it for any two bytes.
struct ShortSum {
  int32_t a = 0;
  int32_t b = 0;
  int32_t offset = 0;
  int fraction = 0;  // kWideFraction or kNarrowFraction
  static constexpr int kWideFraction = 7;
  static constexpr int kNarrowFraction = 5;  // of factors of 2 to 8, and of sums beyond 256
};

// ADD and SUB: both inputs scaled to a common 32-bit fixed point, added, scaled to the output.
struct QuantizedAdd {
  int left_shift = 20;  // before `a` and `b`; 15 of 16-bit tensors
  int32_t a_zero_point = 0;
  int32_t b_zero_point = 0;
  int32_t output_zero_point = 0;
  Multiplier a;  // shifts are not positive
  Multiplier b;  // negative for SUB
  Multiplier output;
  IntRange range;
  // Where `certain`, the estimate of any two bytes' sum is, rounded to the nearest integer and
  // clamped, what fixed point gives: on x86 in float32 with this offset, on ARM by `short_sum`.
  bool certain = false;
  float offset = 0;
  ShortSum short_sum;
};
QuantizedAdd MakeQuantizedAdd(Affine a, Affine b, Affine output, IntRange range,
                              int left_shift = 20);
QuantizedAdd MakeQuantizedSub(Affine a, Affine b, Affine output, IntRange range,
                              int left_shift = 20);

// Looks for certainty of a sum of bytes: some microseconds, which it saves in a few runs of a
// tensor of that many numbers. ARM looks for it of signed bytes alone.
void FindCertainty(QuantizedAdd& add, bool is_signed);
#if defined(__x86_64__)
inline constexpr int64_t kLeastWorthCertainty = int64_t{1} << 16;
#else
inline constexpr int64_t kLeastWorthCertainty = int64_t{1} << 13;
#endif

struct QuantizedMul {
  int32_t a_zero_point = 0;
  int32_t b_zero_point = 0;
  int32_t output_zero_point = 0;
  Multiplier output;
  IntRange range;
  // Where `certain`, the sum of the product of any two bytes times `factor` and of `bias` with the
  // product's sign is, rounded to the nearest integer, what the multiplier makes of the product, or
  // as far beyond the range: in float32, fused or not.
  bool certain = false;
  float factor = 0;
  float bias = 0;
};
QuantizedMul MakeQuantizedMul(Affine a, Affine b, Affine output, IntRange range);

// ADD and SUB of 16-bit tensors whose scales are powers of two: inputs are shifted right, rounded,
// and added with saturation.
struct ShiftedAdd {
  int a_shift = 0;  // not negative
  int b_shift = 0;
  bool subtracts = false;
  IntRange range;
};

// SQUARED_DIFFERENCE: inputs scaled to a common fixed point with 7 more bits.
struct QuantizedDifference {
  QuantizedAdd scaling;  // .output scales the square
};
QuantizedDifference MakeQuantizedDifference(Affine a, Affine b, Affine output, IntRange range);

// DIV. Where the divisor is the zero point the result saturates.
struct QuantizedDiv {
  Affine a;
  Affine b;
  Affine output;
  IntRange range;
};

// T is int8_t, uint8_t or int16_t, of which zero points are 0. output may be the same memory as an
// input that does not stretch.
template <class T>
struct QuantizedBinaryArguments {
  const T* a = nullptr;
  const T* b = nullptr;
  T* output = nullptr;
};
void Add(const QuantizedAdd&, const Broadcast&, const QuantizedBinaryArguments<int8_t>&,
         const Parallel&);
void Add(const QuantizedAdd&, const Broadcast&, const QuantizedBinaryArguments<uint8_t>&,
         const Parallel&);
void Add(const QuantizedAdd&, const Broadcast&, const QuantizedBinaryArguments<int16_t>&,
         const Parallel&);
void Mul(const QuantizedMul&, const Broadcast&, const QuantizedBinaryArguments<int8_t>&,
         const Parallel&);
void Mul(const QuantizedMul&, const Broadcast&, const QuantizedBinaryArguments<uint8_t>&,
         const Parallel&);
void Mul(const QuantizedMul&, const Broadcast&, const QuantizedBinaryArguments<int16_t>&,
         const Parallel&);

void Add(const ShiftedAdd&, const Broadcast&, const QuantizedBinaryArguments<int16_t>&,
         const Parallel&);
void SquaredDifference(const QuantizedDifference&, const Broadcast&,
                       const QuantizedBinaryArguments<int8_t>&, const Parallel&);
// T is int8_t, uint8_t or int16_t; within a step of the real quotient.
template <class T>
void Div(const QuantizedDiv&, const Broadcast&, const QuantizedBinaryArguments<T>&,
         const Parallel&);

// QUANTIZE from float32: round(x / scale) + zero point, half away from zero, saturated; NaN gives
// the zero point. The quantised type is kInt8, kUInt8 or kInt16.
void Quantize(QuantizedType output, const float* input, void* stored, int64_t count,
              const Parallel& parallel);
// DEQUANTIZE to float32.
void Dequantize(QuantizedType input, const void* stored, float* output, int64_t count,
                const Parallel& parallel);

}  // namespace brink::kernels
