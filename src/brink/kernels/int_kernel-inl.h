// The register block of 8-bit convolution, compiled once a CPU target: a tile of a few rows of
// packed inputs times a panel of output channels, requantised as it is stored.
#if defined(BRINK_KERNELS_INT_KERNEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_INT_KERNEL_INL_H_
#undef BRINK_KERNELS_INT_KERNEL_INL_H_
#else
#define BRINK_KERNELS_INT_KERNEL_INL_H_
#endif

#include <cstring>

#include "brink/kernels/byte_pairs-inl.h"
#include "brink/kernels/int_tile-inl.h"
#include "brink/kernels/lane_steps-inl.h"
#include "brink/kernels/store_reals-inl.h"
#include "brink/kernels/whole_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_ARCH_ARM_A64
inline constexpr int kIntPanelVectors = 4;
#else
inline constexpr int kIntPanelVectors = 2;
#endif
// A vector of 16-bit weights on ARM serves two vectors of sums.
#if HWY_ARCH_ARM && HWY_TARGET != HWY_SCALAR && !BRINK_BYTE_PRODUCTS && !BRINK_BYTE_PAIRS
inline constexpr int kVectorsTogether = 2;
#else
inline constexpr int kVectorsTogether = 1;
#endif
inline constexpr int kIntPanelWidth = kIntPanelVectors * kIntLanes;

// A panel starts with 32-bit rows [width]: biases, a row whose first number is not 0 where a column
// is not OnlyShiftsRight (and whose second is not where pairs of bytes are added apart, see
// HasLeastByte), and what requantises sums, by Requantizer there and by RightRequantizer
// elsewhere; its steps follow, each [width][kStepInputs] weights.
inline constexpr int kRequantizerRow = 2;
inline constexpr int kPanelHeaderRows = kRequantizerRow + kRequantizerRows;

#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && !BRINK_BYTE_PRODUCTS
// Adds the sum of each pair of products.
HWY_INLINE IntVector AddPairs(hn::Vec<hn::Repartition<int16_t, IntTag>> a,
                              hn::Vec<hn::Repartition<int16_t, IntTag>> b, IntVector sum) {
#if HWY_TARGET == HWY_EMU128
  IntVector odd = sum;  // emulation keeps the pairs' second products apart
  const IntVector even = hn::ReorderWidenMulAccumulate(kInt, a, b, hn::Zero(kInt), odd);
  return hn::Add(even, odd);
#else
  IntVector unused = sum;
  return hn::ReorderWidenMulAccumulate(kInt, a, b, sum, unused);
#endif
}
#endif

// One step: kRows broadcast inputs, those at `at` of each row, times kVectors vectors of weights.
template <int kRows, int kVectors>
HWY_INLINE void SumStep(const PackedInput* const (&rows)[kRows], size_t at,
                        const PackedWeight* weights, IntSums<kRows, kVectors>& sums) {
#if HWY_TARGET == HWY_SCALAR
  for (int r = 0; r < kRows; ++r) {
    const int32_t input = rows[r][at];
    for (int v = 0; v < kVectors; ++v) {
      sums.at[r][v] = hn::Add(sums.at[r][v], hn::Set(kInt, input * weights[v]));
    }
  }
#else
  using WeightTag = hn::Repartition<PackedWeight, IntTag>;
  constexpr WeightTag kWeight;
  constexpr int kLoads = kVectors / kVectorsTogether;
  hn::Vec<WeightTag> weight[kLoads];
#pragma GCC unroll 8
  for (int v = 0; v < kLoads; ++v) {
    weight[v] = hn::LoadU(kWeight, weights + v * static_cast<int>(hn::MaxLanes(kWeight)));
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    const PackedInput* from = rows[r] + at;
#if HWY_ARCH_X86 || BRINK_BYTE_PRODUCTS
    int32_t step;
    std::memcpy(&step, from, sizeof(step));
    const IntVector input = hn::Set(kInt, step);
#else
    const auto input = hn::Set(kWeight, *from);
#endif
#pragma GCC unroll 8
    for (int v = 0; v < kLoads; ++v) {
#if BRINK_BYTE_PRODUCTS
      AddByteProducts(sums.at[r][v], input, weight[v]);
#elif HWY_ARCH_X86
      sums.at[r][v] = AddPairs(hn::BitCast(kWeight, input), weight[v], sums.at[r][v]);
#else
      sums.at[r][2 * v] = hn::ReorderWidenMulAccumulate(kInt, input, weight[v], sums.at[r][2 * v],
                                                        sums.at[r][2 * v + 1]);
#endif
    }
  }
#endif
}

#if BRINK_SUMS_FOUR_STEPS

template <int kRows, int kVectors>
HWY_INLINE const PackedWeight* SumRun(const PackedInput* (&rows)[kRows], size_t steps,
                                      const PackedWeight* weights, IntSums<kRows, kVectors>& sums) {
  constexpr size_t kStepWeights = static_cast<size_t>(kVectors) * kIntLanes * kStepInputs;
  for (size_t fours = steps / 4; fours != 0; --fours)
    SumFourSteps<kRows, kVectors>(rows, weights, sums);
  size_t step = 0;
#if BRINK_BYTE_PRODUCTS
  if (steps % 4 >= 2) {
    SumTwoSteps<kRows, kVectors>(rows, weights, sums);
    weights += 2 * kStepWeights;
    step = 2;
  }
#endif
  for (; step < steps % 4; ++step, weights += kStepWeights)
    SumStep(rows, step * kStepInputs, weights, sums);
  return weights;
}

#else

// `steps` steps; returns the weights behind theirs.
template <int kRows, int kVectors>
HWY_INLINE const PackedWeight* SumRun(const PackedInput* (&rows)[kRows], size_t steps,
                                      const PackedWeight* weights, IntSums<kRows, kVectors>& sums) {
  constexpr size_t kStepWeights = static_cast<size_t>(kVectors) * kIntLanes * kStepInputs;
  for (size_t step = 0; step < steps; ++step, weights += kStepWeights) {
    SumStep(rows, step * kStepInputs, weights, sums);
  }
  return weights;
}

#endif

// One step without broadcast: kCount blocks of inputs, `step` apart, times one block of weights. A
// block holds kStepInputs values for each of kVectorsTogether * kIntLanes channels.
template <int kCount>
HWY_INLINE void SumBlock(const PackedInput* inputs, size_t step, const PackedWeight* weights,
                         IntSums<kCount, kVectorsTogether>& sums) {
#if HWY_TARGET == HWY_SCALAR
  for (int i = 0; i < kCount; ++i) {
    const int32_t product = inputs[static_cast<size_t>(i) * step] * *weights;
    sums.at[i][0] = hn::Add(sums.at[i][0], hn::Set(kInt, product));
  }
#else
  using WeightTag = hn::Repartition<PackedWeight, IntTag>;
  const hn::Vec<WeightTag> weight = hn::LoadU(WeightTag(), weights);
#pragma GCC unroll 8
  for (int i = 0; i < kCount; ++i) {
    const auto input =
        hn::LoadU(hn::Repartition<PackedInput, IntTag>(), inputs + static_cast<size_t>(i) * step);
#if BRINK_BYTE_PRODUCTS
    AddByteProducts(sums.at[i][0], input, weight);
#elif HWY_ARCH_X86
    sums.at[i][0] = AddPairs(input, weight, sums.at[i][0]);
#else
    sums.at[i][0] = hn::ReorderWidenMulAccumulate(kInt, input, weight, sums.at[i][0],
                                                  sums.at[i][kVectorsTogether - 1]);
#endif
  }
#endif
}

// What requantises a tile's sums, rows of its panel's header.
HWY_INLINE const int32_t* RequantizerRows(const IntTile& tile, size_t width) {
  return reinterpret_cast<const int32_t*>(tile.panel) + kRequantizerRow * width;
}

template <class Requantize, int kRows, int kVectors>
HWY_INLINE void RequantizeSums(const IntTile& tile, size_t width, int32_t zero_point,
                               IntSums<kRows, kVectors>& sums) {
  const int32_t* rows = RequantizerRows(tile, width);
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const Requantize requantize(rows + v * kIntLanes, width, zero_point);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) sums.at[r][v] = requantize(sums.at[r][v]);
  }
}

// Requantises and stores sums that started from the panel's biases. The panel's header has rows
// `width` long.
template <int kRows, int kVectors>
HWY_INLINE void StoreSums(const IntTile& tile, size_t width, IntSums<kRows, kVectors>& sums) {
#if !HWY_ARCH_ARM_V7
  if (tile.real != nullptr) return StoreReals(tile, RequantizerRows(tile, width), width, sums);
#endif
  const bool general = reinterpret_cast<const int32_t*>(tile.panel)[width] != 0;
  const int32_t zero_point = tile.zero_point - StoredFlip(tile);
  const Scaling scaling = ScalingOf(general, tile.range, tile.zero_point);
#if HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64
  if constexpr (kVectors == 4) {
    if (!general && tile.row_count == kRows && tile.columns == 4 * kIntLanes)
      return scaling == Scaling::kRectified
                 ? StoreWholeRows<false, true>(tile, RequantizerRows(tile, width), sums)
                 : StoreWholeRows<false, false>(tile, RequantizerRows(tile, width), sums);
  }
#endif
  if (general) {
    RequantizeSums<Requantizer>(tile, width, zero_point, sums);
  } else if (HWY_ARCH_ARM_A64 && scaling == Scaling::kRectified) {
    RequantizeSums<RectifiedRequantizer>(tile, width, zero_point, sums);
  } else {
    RequantizeSums<RightRequantizer>(tile, width, zero_point, sums);
  }
  StoreValues(tile, sums);
}

// Every row's sums start from the panel's biases.
template <int kRows, int kVectors>
HWY_INLINE void StartSums(const std::byte* panel, IntSums<kRows, kVectors>& sums) {
  const auto* biases = reinterpret_cast<const int32_t*>(panel);
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const IntVector bias = hn::LoadU(kInt, biases + v * kIntLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) sums.at[r][v] = bias;
  }
}

// Adds what the weights' zero point makes of each row's inputs.
template <int kRows, int kVectors>
HWY_INLINE void AddRowSums(const IntTile& tile, IntSums<kRows, kVectors>& sums) {
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    if (r >= tile.row_count) break;
    const auto correction = static_cast<int32_t>(static_cast<uint32_t>(tile.row_factor) *
                                                 static_cast<uint32_t>(tile.row_sums[r]));
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v)
      sums.at[r][v] = hn::Add(sums.at[r][v], hn::Set(kInt, correction));
  }
}

// The products of a tile, added to the panel's biases.
template <int kRows, int kVectors>
HWY_INLINE void SumTile(const IntTile& tile, IntSums<kRows, kVectors>& sums) {
  constexpr size_t kWidth = static_cast<size_t>(kVectors) * kIntLanes;
  const auto* weights = reinterpret_cast<const PackedWeight*>(
      tile.panel + kPanelHeaderRows * kWidth * sizeof(int32_t));
#if BRINK_BYTE_PAIRS
  const bool apart = reinterpret_cast<const int32_t*>(tile.panel)[kWidth + 1] != 0;
  apart ? SumByPairs<kRows, kVectors, true>(tile, weights, sums)
        : SumByPairs<kRows, kVectors, false>(tile, weights, sums);
#else
  StartSums(tile.panel, sums);
  for (size_t run = 0; run < tile.runs; ++run) {
    const PackedInput* rows[kRows];
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) rows[r] = tile.rows[r] + tile.offsets[run];
    weights = SumRun(rows, tile.steps, weights, sums);
  }
#endif
}

#if HWY_ARCH_ARM_V7
// A tile whose output is real, apart: g++ kept all tiles' sums in memory while they were added up.
template <int kRows, int kVectors>
HWY_NOINLINE void MultiplyRealTile(const IntTile& tile) {
  IntSums<kRows, kVectors> sums;
  SumTile(tile, sums);
  if (tile.row_factor != 0) AddRowSums(tile, sums);
  constexpr size_t kWidth = static_cast<size_t>(kVectors) * kIntLanes;
  StoreReals(tile, RequantizerRows(tile, kWidth), kWidth, sums);
}
#endif

template <int kRows, int kVectors>
HWY_NOINLINE void MultiplyIntTile(const IntTile& tile) {
#if HWY_ARCH_ARM_V7
  if (tile.real != nullptr) return MultiplyRealTile<kRows, kVectors>(tile);
#endif
  IntSums<kRows, kVectors> sums;
  SumTile(tile, sums);
  if (tile.row_factor != 0) AddRowSums(tile, sums);
  StoreSums(tile, static_cast<size_t>(kVectors) * kIntLanes, sums);
}

#if HWY_ARCH_ARM_A64

// As MultiplyWholeTiles, of a tile that they multiply and that IsPlain where kPlain, whose results
// are rectified where kRectified.
template <bool kOneRun, bool kPlain, bool kRectified, class Next>
HWY_NOINLINE size_t MultiplyTilesOfRows(const IntTile& given, Next next, size_t count) {
  constexpr auto kRows = static_cast<size_t>(kIntTileRows);
  IntTile tile = given;
  const size_t no_offset = 0;
  if constexpr (kOneRun) {
    tile.offsets = &no_offset;
    tile.runs = 1;
  }
  tile.row_count = kIntTileRows;
  size_t row = 0;
  for (; row + kRows <= count; row += kRows) {
    const PackedInput* rows[kRows];
    next(rows);
    tile.rows = rows;
    IntSums<kIntTileRows, kIntPanelVectors> sums;
    SumTile(tile, sums);
    if (tile.row_factor != 0) {
      AddRowSums(tile, sums);
      tile.row_sums += kRows;
    }
    StoreWholeRows<kPlain, kRectified>(tile, RequantizerRows(tile, kIntPanelWidth), sums);
    tile.output += kRows * tile.output_stride;
  }
  return row;
}

// Whole tiles of up to `count` rows, times a whole panel whose sums are only shifted right: what
// the tiles share is found once. `next` points at the rows of the next one. Returns how many rows
// those were.
template <bool kOneRun, class Next>
HWY_INLINE size_t MultiplyWholeTiles(const IntTile& tile, Next next, size_t count) {
  const auto* header = reinterpret_cast<const int32_t*>(tile.panel);
  if (count < static_cast<size_t>(kIntTileRows)) return 0;
  if (tile.columns != kIntPanelWidth || tile.real != nullptr) return 0;
  if (header[kIntPanelWidth] != 0) return 0;
  if (ScalingOf(false, tile.range, tile.zero_point) == Scaling::kRectified) {
    return IsPlain(tile) ? MultiplyTilesOfRows<kOneRun, true, true>(tile, next, count)
                         : MultiplyTilesOfRows<kOneRun, false, true>(tile, next, count);
  }
  return IsPlain(tile) ? MultiplyTilesOfRows<kOneRun, true, false>(tile, next, count)
                       : MultiplyTilesOfRows<kOneRun, false, false>(tile, next, count);
}

#endif

using MultiplyIntTileFunction = void (*)(const IntTile&);

template <int kVectors>
MultiplyIntTileFunction ChooseIntTileRows(int row_count) {
  if (row_count <= 1) return &MultiplyIntTile<1, kVectors>;
  if (row_count <= 2) return &MultiplyIntTile<2, kVectors>;
  if (row_count <= 4) return &MultiplyIntTile<4, kVectors>;
  return &MultiplyIntTile<kIntTileRows, kVectors>;
}

// The block for `row_count` rows in [1, kIntTileRows] and a panel of `vectors`, a multiple of
// kVectorsTogether in [1, kIntPanelVectors].
HWY_INLINE MultiplyIntTileFunction ChooseIntTile(int row_count, int vectors) {
#if HWY_ARCH_X86 || HWY_TARGET == HWY_SCALAR || BRINK_BYTE_PRODUCTS || BRINK_BYTE_PAIRS
  if (vectors == 1) return ChooseIntTileRows<1>(row_count);
#endif
  if (vectors == 2) return ChooseIntTileRows<2>(row_count);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || \
    (HWY_ARCH_ARM && BRINK_BYTE_PRODUCTS) || BRINK_BYTE_PAIRS
  if (vectors == 3) return ChooseIntTileRows<3>(row_count);
#endif
  return ChooseIntTileRows<kIntPanelVectors>(row_count);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_INT_KERNEL_INL_H_
