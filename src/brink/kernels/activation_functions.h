// float32 activations that are no clamps. Elementwise; output may be the input's memory.
#pragma once

#include "brink/kernels/elementwise.h"

namespace brink::kernels {

// x < 0 ? exp(x) - 1 : x
void Elu(const UnaryArguments& arguments, const Parallel& parallel);
// x times the normal distribution function, or its approximation by tanh.
// Source: Hendrycks, Gimpel: "Gaussian Error Linear Units".
void Gelu(bool approximate, const UnaryArguments& arguments, const Parallel& parallel);
float Gelu(bool approximate, float x);
// x relu6(x + 3) / 6
void HardSwish(const UnaryArguments& arguments, const Parallel& parallel);
// x > 0 ? x : alpha x
void LeakyRelu(float alpha, const UnaryArguments& arguments, const Parallel& parallel);

}  // namespace brink::kernels
