// Matrix products of float32 rows with int8 weights: each row is quantised when it comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "brink/kernels/activation.h"
#include "brink/kernels/parallel.h"

namespace brink::kernels {

// Input [rows, columns], weights [units, columns], output [rows, units].
struct HybridProblem {
  int rows = 1;
  int columns = 1;
  int units = 1;
  bool asymmetric = false;  // see QuantiseVector
  FloatRange range;
};

struct HybridArguments {
  const float* input = nullptr;
  const int8_t* weights = nullptr;
  std::span<const float> scales;  // one, or one a unit
  const float* bias = nullptr;    // [units] or null
  float* output = nullptr;
};

size_t HybridScratchBytes(const HybridProblem& problem);
void HybridProduct(const HybridProblem& problem, const HybridArguments& arguments,
                   std::byte* scratch, const Parallel& parallel);

}  // namespace brink::kernels
