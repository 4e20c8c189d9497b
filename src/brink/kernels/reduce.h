// Reductions over some axes of a float32 tensor.
#pragma once

#include <array>
#include <cstdint>

#include "brink/kernels/parallel.h"
#include "brink/tensor/shape.h"

namespace brink::kernels {

struct ReduceProblem {
  Shape input;
  std::array<bool, Shape::kMaxRank> reduced{};  // by axis
};

// The mean over the reduced axes; the output's elements keep the order of the axes that remain.
// A mean over no element is NaN.
void Mean(const ReduceProblem& problem, const float* input, float* output,
          const Parallel& parallel);

}  // namespace brink::kernels
