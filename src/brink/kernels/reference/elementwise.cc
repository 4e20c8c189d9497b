#include "brink/kernels/reference/elementwise.h"

#include <algorithm>
#include <cmath>

namespace brink::kernels::reference {
namespace {

template <class Function>
void Map(const UnaryArguments& arguments, Function function) {
  for (int64_t i = 0; i < arguments.count; ++i) {
    arguments.output[i] = function(arguments.input[i]);
  }
}

// Calls visit(output offset, a offset, b offset) for each element of the result in order.
template <class Visit>
void ForEachPair(const Broadcast& broadcast, Visit visit) {
  const int64_t elements = broadcast.elements();
  for (int64_t i = 0; i < elements; ++i) {
    int64_t rest = i;
    int64_t a = 0;
    int64_t b = 0;
    for (int axis = broadcast.rank - 1; axis >= 0; --axis) {
      const auto at = static_cast<size_t>(axis);
      const int64_t index = rest % broadcast.extents[at];
      rest /= broadcast.extents[at];
      a += index * broadcast.a_strides[at];
      b += index * broadcast.b_strides[at];
    }
    visit(i, a, b);
  }
}

float Apply(BinaryOp op, float a, float b) {
  switch (op) {
    case BinaryOp::kAdd:
      return a + b;
    case BinaryOp::kSub:
      return a - b;
    case BinaryOp::kMul:
      return a * b;
    case BinaryOp::kDiv:
      return a / b;
    case BinaryOp::kMaximum:
      return a > b ? a : b;
    case BinaryOp::kMinimum:
      return a < b ? a : b;
    case BinaryOp::kPrelu:
      return a >= 0 ? a : a * b;
    case BinaryOp::kSquaredDifference:
      return (a - b) * (a - b);
  }
  return 0;
}

int32_t ClampTo(IntRange range, int32_t value) {
  return std::min(std::max(value, range.low), range.high);
}

template <class T>
void AddOf(const QuantizedAdd& add, const Broadcast& broadcast,
           const QuantizedBinaryArguments<T>& arguments) {
  const int32_t unit = 1 << add.left_shift;
  ForEachPair(broadcast, [&](int64_t out, int64_t a, int64_t b) {
    const int32_t x = MultiplyByMultiplier((arguments.a[a] - add.a_zero_point) * unit, add.a);
    const int32_t y = MultiplyByMultiplier((arguments.b[b] - add.b_zero_point) * unit, add.b);
    const int32_t value =
        WrappingAdd(MultiplyByMultiplier(WrappingAdd(x, y), add.output), add.output_zero_point);
    arguments.output[out] = static_cast<T>(ClampTo(add.range, value));
  });
}

template <class T>
void MulOf(const QuantizedMul& mul, const Broadcast& broadcast,
           const QuantizedBinaryArguments<T>& arguments) {
  ForEachPair(broadcast, [&](int64_t out, int64_t a, int64_t b) {
    const int32_t product =
        (arguments.a[a] - mul.a_zero_point) * (arguments.b[b] - mul.b_zero_point);
    const int32_t value =
        WrappingAdd(MultiplyByMultiplier(product, mul.output), mul.output_zero_point);
    arguments.output[out] = static_cast<T>(ClampTo(mul.range, value));
  });
}

int32_t QuantizeOne(const QuantizedType& output, float value) {
  const IntRange range = TypeRange(output.type);
  const float steps = std::round(value / output.affine.scale);
  if (std::isnan(steps)) return output.affine.zero_point;
  // Within this bound the conversion and the sum cannot overflow.
  const auto whole = static_cast<int32_t>(std::clamp(steps, -1e6F, 1e6F));
  return ClampTo(range, whole + output.affine.zero_point);
}

}  // namespace

void Logistic(const UnaryArguments& arguments) {
  Map(arguments, [](float x) { return static_cast<float>(1.0 / (1.0 + std::exp(-double{x}))); });
}

void Clamp(FloatRange range, const UnaryArguments& arguments) {
  Map(arguments, [&](float x) { return std::min(std::max(x, range.low), range.high); });
}

void Tanh(const UnaryArguments& arguments) {
  Map(arguments, [](float x) { return static_cast<float>(std::tanh(double{x})); });
}

void Binary(BinaryOp op, const Broadcast& broadcast, const BinaryArguments& arguments) {
  ForEachPair(broadcast, [&](int64_t out, int64_t a, int64_t b) {
    const float value = Apply(op, arguments.a[a], arguments.b[b]);
    arguments.output[out] = std::min(std::max(value, arguments.range.low), arguments.range.high);
  });
}

void ApplyTable(const ByteTable& table, const ByteArguments& arguments) {
  for (int64_t i = 0; i < arguments.count; ++i) {
    arguments.output[i] = table[arguments.input[i]];
  }
}

void Add(const QuantizedAdd& add, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int8_t>& arguments) {
  AddOf(add, broadcast, arguments);
}
void Add(const QuantizedAdd& add, const Broadcast& broadcast,
         const QuantizedBinaryArguments<uint8_t>& arguments) {
  AddOf(add, broadcast, arguments);
}
void Add(const QuantizedAdd& add, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int16_t>& arguments) {
  AddOf(add, broadcast, arguments);
}
void Mul(const QuantizedMul& mul, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int8_t>& arguments) {
  MulOf(mul, broadcast, arguments);
}
void Mul(const QuantizedMul& mul, const Broadcast& broadcast,
         const QuantizedBinaryArguments<uint8_t>& arguments) {
  MulOf(mul, broadcast, arguments);
}
void Mul(const QuantizedMul& mul, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int16_t>& arguments) {
  MulOf(mul, broadcast, arguments);
}

void Quantize(QuantizedType output, const float* input, void* stored, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const int32_t value = QuantizeOne(output, input[i]);
    if (output.type == Type::kInt16) {
      static_cast<int16_t*>(stored)[i] = static_cast<int16_t>(value);
    } else {
      static_cast<uint8_t*>(stored)[i] = static_cast<uint8_t>(value);
    }
  }
}

void Dequantize(QuantizedType input, const void* stored, float* output, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const int32_t value = input.type == Type::kInt8    ? static_cast<const int8_t*>(stored)[i]
                          : input.type == Type::kUInt8 ? static_cast<const uint8_t*>(stored)[i]
                                                       : static_cast<const int16_t*>(stored)[i];
    output[i] = input.affine.scale * static_cast<float>(value - input.affine.zero_point);
  }
}

}  // namespace brink::kernels::reference
