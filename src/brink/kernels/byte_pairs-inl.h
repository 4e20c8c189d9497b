// Products of bytes on 64-bit ARM without the dot product: smull and smlal2 add two of them in 16
// bits, which sadalp adds to a sum by pairs. Sixteen products take three instructions, where those
// of numbers widened before take four; compiled once a CPU target.
#if defined(BRINK_KERNELS_BYTE_PAIRS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_BYTE_PAIRS_INL_H_
#undef BRINK_KERNELS_BYTE_PAIRS_INL_H_
#else
#define BRINK_KERNELS_BYTE_PAIRS_INL_H_
#endif

#include <cstring>

#include "brink/kernels/int_tile-inl.h"

#if BRINK_BYTE_PAIRS

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Two products of -128 and -128 are beyond 16 bits: where weights have that number, each product is
// added to a sum by itself.
inline bool HasLeastByte(const PackedWeight* weights, size_t count) {
  return std::memchr(weights, 0x80, count) != nullptr;
}

// Sums of kRows rows and four columns, by pairs of inputs.
template <int kRows>
struct PairSums {
  int32x4_t at[kRows][4];
};

// Volatile, as in another order g++ spills sums.
HWY_INLINE int16x8_t MultiplyLower(int8x16_t a, int8x16_t b) {
  int16x8_t products;
  asm volatile("smull %0.8h, %1.8b, %2.8b" : "=w"(products) : "w"(a), "w"(b));
  return products;
}
HWY_INLINE int16x8_t MultiplyUpper(int8x16_t a, int8x16_t b) {
  int16x8_t products;
  asm volatile("smull2 %0.8h, %1.16b, %2.16b" : "=w"(products) : "w"(a), "w"(b));
  return products;
}
HWY_INLINE void AddUpper(int16x8_t& products, int8x16_t a, int8x16_t b) {
  asm volatile("smlal2 %0.8h, %1.16b, %2.16b" : "+w"(products) : "w"(a), "w"(b));
}
HWY_INLINE void AddPairs(int32x4_t& sums, int16x8_t products) {
  asm volatile("sadalp %0.4s, %1.8h" : "+w"(sums) : "w"(products));
}

// A step: the weights of column c are those behind 16 c.
template <int kRows, bool kApart>
HWY_INLINE void AddPairStep(const int8_t* const (&rows)[kRows], size_t at, const int8_t* weights,
                            PairSums<kRows>& sums) {
  int8x16_t inputs[kRows];
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) inputs[r] = vld1q_s8(rows[r] + at);
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const int8x16_t weight = vld1q_s8(weights + 16 * c);
    int16x8_t products[kRows];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) products[r] = MultiplyLower(inputs[r], weight);
    if constexpr (kApart) {
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
        AddPairs(sums.at[r][c], products[r]);
        products[r] = MultiplyUpper(inputs[r], weight);
      }
    } else {
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) AddUpper(products[r], inputs[r], weight);
    }
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) AddPairs(sums.at[r][c], products[r]);
  }
}

// The first half of a step.
template <int kRows>
HWY_INLINE void AddHalfStep(const int8_t* const (&rows)[kRows], size_t at, const int8_t* weights,
                            PairSums<kRows>& sums) {
  int8x8_t inputs[kRows];
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) inputs[r] = vld1_s8(rows[r] + at);
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const int8x8_t weight = vld1_s8(weights + 16 * c);
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r)
      sums.at[r][c] = vpadalq_s16(sums.at[r][c], vmull_s8(inputs[r], weight));
  }
}

// Four columns of all runs. A step has `width` columns.
template <int kRows, bool kApart>
HWY_INLINE void SumFourColumns(const IntTile& tile, const int8_t* weights, size_t width,
                               PairSums<kRows>& sums) {
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) sums.at[r][c] = vdupq_n_s32(0);
  }
  const size_t step = width * kStepInputs;
  const size_t whole = (tile.steps - (tile.half_step ? 1 : 0)) * kStepInputs;
  for (size_t run = 0; run < tile.runs; ++run) {
    const int8_t* rows[kRows];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) rows[r] = tile.rows[r] + tile.offsets[run];
    for (size_t at = 0; at < whole; at += kStepInputs, weights += step)
      AddPairStep<kRows, kApart>(rows, at, weights, sums);
    if (tile.half_step) {
      AddHalfStep(rows, whole, weights, sums);
      weights += step;
    }
  }
}

// Sums of a tile's rows by vectors of columns, added to the panel's biases.
template <int kRows, int kVectors, bool kApart>
HWY_INLINE void SumByPairs(const IntTile& tile, const int8_t* weights,
                           IntSums<kRows, kVectors>& sums) {
  const auto* biases = reinterpret_cast<const int32_t*>(tile.panel);
  HWY_ALIGN int32_t all[kVectors][kRows][4];
  for (int v = 0; v < kVectors; ++v, biases += 4, weights += size_t{4} * kStepInputs) {
    PairSums<kRows> pairs;
    SumFourColumns<kRows, kApart>(tile, weights, size_t{kVectors} * 4, pairs);
    const int32x4_t bias = vld1q_s32(biases);
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      const int32x4_t low = vpaddq_s32(pairs.at[r][0], pairs.at[r][1]);
      const int32x4_t high = vpaddq_s32(pairs.at[r][2], pairs.at[r][3]);
      vst1q_s32(all[v][r], vaddq_s32(bias, vpaddq_s32(low, high)));
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sums.at[r][v].raw = vld1q_s32(all[v][r]);
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_BYTE_PAIRS

#endif  // BRINK_KERNELS_BYTE_PAIRS_INL_H_
