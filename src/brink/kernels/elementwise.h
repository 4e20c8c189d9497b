// float32 elementwise operators.
#pragma once

#include <cstdint>

#include "brink/kernels/activation.h"
#include "brink/kernels/broadcast.h"
#include "brink/kernels/parallel.h"

namespace brink::kernels {

// output[i] = f(input[i]) over `count` elements; input and output may be the same memory.
struct UnaryArguments {
  const float* input = nullptr;
  float* output = nullptr;
  int64_t count = 0;
};

// 1 / (1 + exp(-x)), within 4 units in the last place; results that are no normal numbers may be 0.
void Logistic(const UnaryArguments& arguments, const Parallel& parallel);
// x / (1 + exp(-x)): x times what Logistic makes of it, rounded as that and a product are.
void Swish(const UnaryArguments& arguments, const Parallel& parallel);
// RELU, RELU6, RELU_N1_TO_1: clamps to the range; NaN stays NaN.
void Clamp(FloatRange range, const UnaryArguments& arguments, const Parallel& parallel);
// tanh(x), within 6 units in the last place.
void Tanh(const UnaryArguments& arguments, const Parallel& parallel);

// kPrelu: a where it is not negative, else a b.
enum class BinaryOp { kAdd, kSub, kMul, kDiv, kMaximum, kMinimum, kPrelu, kSquaredDifference };

// output may be the same memory as an input that does not stretch.
struct BinaryArguments {
  const float* a = nullptr;
  const float* b = nullptr;
  float* output = nullptr;
  FloatRange range;  // the fused activation
};

void Binary(BinaryOp op, const Broadcast& broadcast, const BinaryArguments& arguments,
            const Parallel& parallel);

}  // namespace brink::kernels
