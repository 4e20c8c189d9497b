// Takes indices apart into what runs slowly and what runs fast. Only for this room's sources.
#pragma once

#include <cstdint>

namespace brink::kernels {

struct IndexPair {
  int64_t outer = 0;
  int inner = 0;
};

// An index, not negative, over rows of `extent` elements: the row and the place in it. Divides
// numbers of 32 bits where they are: 32-bit ARM takes a hundred instructions for others.
inline IndexPair SplitIndex(int64_t index, int extent) {
  const auto divisor = static_cast<uint32_t>(extent);
  if (index > UINT32_MAX) return {index / divisor, static_cast<int>(index % divisor)};
  const uint32_t outer = static_cast<uint32_t>(index) / divisor;
  return {outer, static_cast<int>(static_cast<uint32_t>(index) - outer * divisor)};
}

}  // namespace brink::kernels
