// How block_product.cc keeps its 4-bit weights: by pairs of steps. Only for this room's sources.
#pragma once

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

// A unit's block, each pair of steps `stride` after the last one; returns the sum of its weights.
inline int PackBlock(const uint8_t* weights, size_t pairs, std::byte* to, size_t stride) {
  constexpr uint32_t kLowHalves = 0x0F0F0F0F;
  uint32_t sum = 0;
  for (size_t i = 0; i < pairs; ++i) {
    uint32_t words;
    std::memcpy(&words, weights + i * sizeof(words), sizeof(words));
    const uint32_t pair = PairOf(words);
    std::memcpy(to + i * stride, &pair, sizeof(pair));
    const uint32_t bytes = (pair & kLowHalves) + (pair >> 4 & kLowHalves);
    const uint32_t shorts = (bytes & 0x00FF00FF) + (bytes >> 8 & 0x00FF00FF);
    sum += (shorts & 0xFFFF) + (shorts >> 16);
  }
  return static_cast<int>(sum) - kMove * kPairInputs * static_cast<int>(pairs);
}

}  // namespace brink::kernels
