// Matrix products of float32 rows with 4-bit weights that have a scale for each block of a unit's
// columns: each row is quantised when it comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "brink/kernels/activation.h"
#include "brink/kernels/parallel.h"

namespace brink::kernels {

inline constexpr int kBlockMultiple = 32;

// Input [rows, columns], weights [units, columns], output [rows, units].
struct BlockProblem {
  int rows = 1;
  int columns = 1;  // whole blocks
  int units = 1;
  int block = kBlockMultiple;  // columns; a multiple of kBlockMultiple
  FloatRange range;
};

struct BlockWeights {
  const uint8_t* weights = nullptr;  // of 4 bits, two a byte, the first in the low half
  std::span<const float> scales;     // [units, columns / block]
};

struct BlockArguments {
  const float* input = nullptr;
  const std::byte* packed = nullptr;
  const float* bias = nullptr;  // [units] or null
  float* output = nullptr;
  std::byte* scratch = nullptr;  // BlockScratchBytes
};

// The weights in the order of the CPU target in use, which that of the product has to be.
size_t BlockPackedBytes(const BlockProblem& problem);
void PackBlocks(const BlockProblem& problem, const BlockWeights& weights, std::byte* packed);

size_t BlockScratchBytes(const BlockProblem& problem);
// Rows are quantised asymmetrically, see QuantiseVector, as by LiteRT with XNNPACK.
void BlockProduct(const BlockProblem& problem, const BlockArguments& arguments,
                  const Parallel& parallel);

}  // namespace brink::kernels
