// For tests: a product of packed weights, run inside buffers that tell what is written beyond them.
#pragma once

#include <cstddef>
#include <vector>

#include "brink/kernels/random_problem.h"

namespace brink::kernels {

struct ProductRun {
  std::vector<float> output;
  bool intact = false;  // nothing was written beyond any buffer
};

// What `multiply(packed, scratch, output)` writes after `pack(packed)`: `count` floats.
template <class Pack, class Multiply>
ProductRun RunProduct(size_t packed_bytes, size_t scratch_bytes, int count, const Pack& pack,
                      const Multiply& multiply) {
  constexpr float kUntouched = -77.0F;
  AlignedBytes packed(packed_bytes);
  pack(packed.data());
  AlignedBytes scratch(scratch_bytes);
  ProductRun run{.output = std::vector<float>(static_cast<size_t>(count) + 1, kUntouched)};
  multiply(packed.data(), scratch.data(), run.output.data());
  run.intact = packed.intact() && scratch.intact() && run.output.back() == kUntouched;
  run.output.pop_back();
  return run;
}

}  // namespace brink::kernels
