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

struct HybridWeights {
  const int8_t* weights = nullptr;
  std::span<const float> scales;  // one, or one a unit
};

struct HybridArguments {
  const float* input = nullptr;
  const std::byte* packed = nullptr;
  const float* bias = nullptr;  // [units] or null
  float* output = nullptr;
  std::byte* scratch = nullptr;  // HybridScratchBytes
};

// The weights in the order of the CPU target in use, which that of the product has to be.
size_t HybridPackedBytes(const HybridProblem& problem);
void PackHybrid(const HybridProblem& problem, const HybridWeights& weights, std::byte* packed);

size_t HybridScratchBytes(const HybridProblem& problem);
void HybridProduct(const HybridProblem& problem, const HybridArguments& arguments,
                   const Parallel& parallel);

}  // namespace brink::kernels
