#include "brink/kernels/hybrid_product.h"

#include <algorithm>

#include "brink/kernels/matrix_vector.h"
#include "brink/kernels/pieces.h"

namespace brink::kernels {
namespace {

constexpr int kUnits = 16;  // whose weights stay in the cache while all rows pass

// Scratch memory: a scale a row, then the quantised rows.
struct Memory {
  float* scales;
  int16_t* rows;

  Memory(const HybridProblem& p, std::byte* scratch)
      : scales(reinterpret_cast<float*>(scratch)),
        rows(reinterpret_cast<int16_t*>(scales + p.rows)) {}
};

}  // namespace

size_t HybridScratchBytes(const HybridProblem& problem) {
  const auto rows = static_cast<size_t>(problem.rows);
  return rows * sizeof(float) + rows * static_cast<size_t>(problem.columns) * sizeof(int16_t);
}

void HybridProduct(const HybridProblem& problem, const HybridArguments& arguments,
                   std::byte* scratch, const Parallel& parallel) {
  const HybridProblem& p = problem;
  const HybridArguments& a = arguments;
  const Memory memory(p, scratch);
  ForEachPiece(p.rows, 1, parallel, [&](int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) {
      memory.scales[row] =
          QuantiseVector({a.input + row * p.columns, static_cast<size_t>(p.columns)}, p.asymmetric,
                         memory.rows + row * p.columns);
    }
  });
  ForEachPiece(
      (int64_t{p.units} + kUnits - 1) / kUnits, 1, parallel, [&](int64_t first, int64_t blocks) {
        for (int64_t unit = first * kUnits; unit < (first + blocks) * kUnits && unit < p.units;
             unit += kUnits) {
          const int units = static_cast<int>(std::min<int64_t>(kUnits, p.units - unit));
          int32_t sums[kUnits];
          for (int64_t row = 0; row < p.rows; ++row) {
            Product(a.weights + unit * p.columns, units, p.columns, memory.rows + row * p.columns,
                    sums);
            float* output = a.output + row * p.units + unit;
            for (int i = 0; i < units; ++i) {
              const float scale =
                  a.scales.size() == 1 ? a.scales[0] : a.scales[static_cast<size_t>(unit + i)];
              const float sum = static_cast<float>(sums[i]) * (memory.scales[row] * scale) +
                                (a.bias == nullptr ? 0 : a.bias[unit + i]);
              output[i] = std::min(std::max(sum, p.range.low), p.range.high);
            }
          }
        }
      });
}

}  // namespace brink::kernels
