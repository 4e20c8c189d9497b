// How block_product.cc keeps its 4-bit weights: by pairs of steps. Only for this room's sources.
#pragma once

#include <hwy/base.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace brink::kernels {

inline constexpr int kStepInputs = 4;  // columns whose products a 32-bit lane sums
inline constexpr int kPairInputs = 2 * kStepInputs;
inline constexpr int kMove = 8;  // weights are kept in [0, 15]

// Eight weights, two a byte, as a pair of steps keeps them: four in the low halves of its bytes,
// four in the high ones, moved up by kMove.
inline uint32_t PairOf(uint32_t weights) {
  weights = (weights & 0xFF0000FF) | (weights << 8 & 0x00FF0000) | (weights >> 8 & 0x0000FF00);
  weights = (weights & 0xF00FF00F) | (weights << 4 & 0x0F000F00) | (weights >> 4 & 0x00F000F0);
  return weights ^ 0x88888888;  // in two's complement of four bits to add kMove
}

// The sum of the eight numbers in [0, 15] that PairOf made.
inline uint32_t SumOfPair(uint32_t pair) {
  constexpr uint32_t kLowHalves = 0x0F0F0F0F;
  const uint32_t bytes = (pair & kLowHalves) + (pair >> 4 & kLowHalves);
  const uint32_t shorts = (bytes & 0x00FF00FF) + (bytes >> 8 & 0x00FF00FF);
  return (shorts & 0xFFFF) + (shorts >> 16);
}

// A block of up to kLanes units, which lie `unit_bytes` apart: each pair of steps, of all units,
// `stride` after the last one. Adds up each unit's weights. Lane by lane, for the compiler to make
// vectors of.
template <int kLanes>
HWY_INLINE void PackBlock(const uint8_t* weights, size_t units, size_t unit_bytes, size_t pairs,
                          std::byte* to, size_t stride, int (&sums)[kLanes]) {
  uint32_t totals[kLanes] = {};
  for (size_t i = 0; i < pairs; ++i) {
    uint32_t words[kLanes] = {};
    for (size_t u = 0; u < units; ++u)
      std::memcpy(&words[u], weights + u * unit_bytes + i * sizeof(uint32_t), sizeof(uint32_t));
    for (size_t u = 0; u < static_cast<size_t>(kLanes); ++u) {
      words[u] = PairOf(words[u]);
      totals[u] += SumOfPair(words[u]);
    }
    std::memcpy(to + i * stride, words, units * sizeof(uint32_t));
  }
  const int moved = kMove * kPairInputs * static_cast<int>(pairs);
  for (int u = 0; u < kLanes; ++u) sums[u] = static_cast<int>(totals[u]) - moved;
}

}  // namespace brink::kernels
