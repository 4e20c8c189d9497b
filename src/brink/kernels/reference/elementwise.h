// The oracle of the elementwise kernels.
#pragma once

#include "brink/kernels/elementwise.h"
#include "brink/kernels/quantized_elementwise.h"

namespace brink::kernels::reference {

void Logistic(const UnaryArguments& arguments);
void Clamp(FloatRange range, const UnaryArguments& arguments);
void Tanh(const UnaryArguments& arguments);
void Binary(BinaryOp op, const Broadcast& broadcast, const BinaryArguments& arguments);

void ApplyTable(const ByteTable& table, const ByteArguments& arguments);
void Add(const QuantizedAdd&, const Broadcast&, const QuantizedBinaryArguments<int8_t>&);
void Add(const QuantizedAdd&, const Broadcast&, const QuantizedBinaryArguments<uint8_t>&);
void Add(const QuantizedAdd&, const Broadcast&, const QuantizedBinaryArguments<int16_t>&);
void Mul(const QuantizedMul&, const Broadcast&, const QuantizedBinaryArguments<int8_t>&);
void Mul(const QuantizedMul&, const Broadcast&, const QuantizedBinaryArguments<uint8_t>&);
void Mul(const QuantizedMul&, const Broadcast&, const QuantizedBinaryArguments<int16_t>&);
void Quantize(QuantizedType output, const float* input, void* stored, int64_t count);
void Dequantize(QuantizedType input, const void* stored, float* output, int64_t count);

}  // namespace brink::kernels::reference
