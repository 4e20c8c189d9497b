// The register block of int_kernel-inl.h for panels of few columns, compiled once a CPU target.
//
// With few columns a step of int_kernel-inl.h is bound by broadcasting the rows' inputs, and its
// few sums by waiting for one another. Here a vector holds half as many columns of eight inputs
// each: half the broadcasts, twice the sums, and columns are filled up to halves. Only where
// there are products of bytes.
#if defined(BRINK_KERNELS_INT_NARROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_INT_NARROW_INL_H_
#undef BRINK_KERNELS_INT_NARROW_INL_H_
#else
#define BRINK_KERNELS_INT_NARROW_INL_H_
#endif

#include <algorithm>
#include <cstring>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/int_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

inline constexpr int kNarrowInputs = 8;                             // a step
inline constexpr int kNarrowColumns = std::max(1, kIntLanes / 2);   // a vector of weights
inline constexpr int kMostNarrow = HWY_TARGET == HWY_AVX2 ? 2 : 3;  // vectors of weights

// How many vectors of weights a step of a narrow panel has; 0 where the panel's steps had better be
// those of int_kernel-inl.h. `steps` are the latter.
HWY_INLINE int NarrowVectors(int columns, size_t steps) {
#if BRINK_BYTE_PRODUCTS
  const int vectors = CeilDiv(columns, kNarrowColumns);
  const auto narrow = static_cast<size_t>(vectors) * CeilDiv<size_t>(steps, 2);
  const auto wide = static_cast<size_t>(CeilDiv(columns, kIntLanes)) * steps;
  return vectors <= kMostNarrow && narrow <= wide ? vectors : 0;
#else
  static_cast<void>(columns);
  static_cast<void>(steps);
  return 0;
#endif
}

#if BRINK_BYTE_PRODUCTS

// Sums of neighbouring lanes: those of a, then those of b.
HWY_INLINE IntVector AddNeighbours(IntVector a, IntVector b) {
#if HWY_TARGET == HWY_AVX3_DL
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return hn::Add(IntVector{_mm512_permutex2var_epi32(a.raw, even, b.raw)},
                 IntVector{_mm512_permutex2var_epi32(a.raw, odd, b.raw)});
#elif HWY_ARCH_ARM
  return IntVector(vpaddq_s32(a.raw, b.raw));
#else
  const __m256i halves = _mm256_hadd_epi32(a.raw, b.raw);  // a's and b's within each 128 bits
  return IntVector{_mm256_permute4x64_epi64(halves, _MM_SHUFFLE(3, 1, 2, 0))};
#endif
}

template <int kRows, int kNarrow>
HWY_INLINE void SumNarrowStep(const PackedInput* const (&rows)[kRows], size_t at,
                              const PackedWeight* weights, IntSums<kRows, kNarrow>& parts) {
  constexpr hn::Repartition<int64_t, IntTag> kEights;
  constexpr hn::Repartition<PackedWeight, IntTag> kWeight;
  hn::Vec<decltype(kWeight)> weight[kNarrow];
#pragma GCC unroll 8
  for (int v = 0; v < kNarrow; ++v)
    weight[v] = hn::LoadU(kWeight, weights + v * kNarrowInputs * kNarrowColumns);
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    int64_t step;
    std::memcpy(&step, rows[r] + at, sizeof(step));
    const auto input = hn::Set(kEights, step);
#pragma GCC unroll 8
    for (int v = 0; v < kNarrow; ++v) AddByteProducts(parts.at[r][v], input, weight[v]);
  }
}

template <int kRows, int kNarrow>
HWY_INLINE void MultiplyNarrow(const IntTile& tile) {
  constexpr int kVectors = (kNarrow + 1) / 2;
  constexpr size_t kWidth = static_cast<size_t>(kVectors) * kIntLanes;
  IntSums<kRows, kNarrow> parts;
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kNarrow; ++v) parts.at[r][v] = hn::Zero(kInt);
  }
  const auto* weights = reinterpret_cast<const PackedWeight*>(
      tile.panel + kPanelHeaderRows * kWidth * sizeof(int32_t));
  const size_t steps = CeilDiv<size_t>(tile.steps, 2);
  for (size_t run = 0; run < tile.runs; ++run) {
    const PackedInput* rows[kRows];
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) rows[r] = tile.rows[r] + tile.offsets[run];
    for (size_t step = 0; step < steps; ++step) {
      SumNarrowStep(rows, step * kNarrowInputs, weights, parts);
      weights += kNarrow * kNarrowInputs * kNarrowColumns;
    }
  }
  IntSums<kRows, kVectors> sums;
  StartSums(tile.panel, sums);
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      const IntVector upper =
          2 * v + 1 < kNarrow ? parts.at[r][std::min(2 * v + 1, kNarrow - 1)] : hn::Zero(kInt);
      sums.at[r][v] = hn::Add(sums.at[r][v], AddNeighbours(parts.at[r][2 * v], upper));
    }
  }
  if (tile.row_factor != 0) AddRowSums(tile, sums);
  StoreSums(tile, kWidth, sums);
}

template <int kRows, int kNarrow>
HWY_NOINLINE void MultiplyNarrowTile(const IntTile& tile) {
  MultiplyNarrow<kRows, kNarrow>(tile);
}

// Rows of a tile of MultiplyNarrowRows: of so many the packed results fill whole vectors.
inline constexpr size_t kNarrowRows = 8;

template <int kNarrow>
HWY_NOINLINE void MultiplyNarrowTiles(IntTile tile, const PackedInput* inputs, size_t step,
                                      size_t tiles) {
  const PackedInput* rows[kNarrowRows];
  for (size_t r = 0; r < kNarrowRows; ++r) rows[r] = inputs + r * step;
  tile.rows = rows;
  tile.row_count = static_cast<int>(kNarrowRows);
  for (; tiles != 0; --tiles) {
    MultiplyNarrow<kNarrowRows, kNarrow>(tile);
    for (const PackedInput*& row : rows) row += kNarrowRows * step;
    tile.row_sums += kNarrowRows;
    tile.output += kNarrowRows * tile.output_stride;
  }
}

template <int kNarrow>
MultiplyIntTileFunction ChooseNarrowTileRows(int row_count) {
  if (row_count <= 1) return &MultiplyNarrowTile<1, kNarrow>;
  if (row_count <= 2) return &MultiplyNarrowTile<2, kNarrow>;
  if (row_count <= 4) return &MultiplyNarrowTile<4, kNarrow>;
  return &MultiplyNarrowTile<kIntTileRows, kNarrow>;
}

#endif

// As ChooseIntTile, for a panel of `narrow` NarrowVectors.
HWY_INLINE MultiplyIntTileFunction ChooseNarrowTile(int row_count, int narrow) {
#if BRINK_BYTE_PRODUCTS
  if (narrow == 1) return ChooseNarrowTileRows<1>(row_count);
  if (narrow == 2) return ChooseNarrowTileRows<2>(row_count);
  return ChooseNarrowTileRows<kMostNarrow>(row_count);
#else
  return ChooseIntTile(row_count, narrow);
#endif
}

// Multiplies the first of `rows` rows, one run each and `step` inputs apart, by a panel of `narrow`
// NarrowVectors, as many as make whole tiles of their own, for which no pointers are looked up.
// Returns how many. The tile says the rest; it starts with the first row.
HWY_INLINE size_t MultiplyNarrowRows([[maybe_unused]] int narrow,
                                     [[maybe_unused]] const IntTile& tile,
                                     [[maybe_unused]] const PackedInput* inputs,
                                     [[maybe_unused]] size_t step, [[maybe_unused]] size_t rows) {
#if HWY_TARGET == HWY_AVX3_DL
  const size_t tiles = narrow == 0 ? 0 : rows / kNarrowRows;
  if (tiles == 0) return 0;
  const auto multiply = narrow == 1   ? &MultiplyNarrowTiles<1>
                        : narrow == 2 ? &MultiplyNarrowTiles<2>
                                      : &MultiplyNarrowTiles<kMostNarrow>;
  multiply(tile, inputs, step, tiles);
  return tiles * kNarrowRows;
#else
  return 0;
#endif
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_INT_NARROW_INL_H_
