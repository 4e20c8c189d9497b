// 8-bit products with a single output channel, compiled once a CPU target.
//
// A register block of int_kernel-inl.h has columns for lanes, of which one channel fills one. Here
// lanes are inputs while they are multiplied, and rows when sums are requantised and stored. Only
// where there are products of bytes.
#if defined(BRINK_KERNELS_INT_COLUMN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_INT_COLUMN_INL_H_
#undef BRINK_KERNELS_INT_COLUMN_INL_H_
#else
#define BRINK_KERNELS_INT_COLUMN_INL_H_
#endif

#include <algorithm>
#include <cstring>

#include "brink/kernels/int_narrow-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Rows that are summed up together; as many may be read behind the last one, and another vector.
inline constexpr size_t kColumnRows = static_cast<size_t>(kIntLanes);

// Products of longer rows take longer than their sums.
inline constexpr size_t kMostColumnInputs = 1024;

// Whether rows of so many inputs are multiplied by MultiplyColumn where there is one channel: few
// rows are not worth the rearranged weights.
HWY_INLINE bool HasColumn(int64_t rows, size_t row_inputs) {
  constexpr int64_t kLeastRows = 32;
  return BRINK_BYTE_PRODUCTS && rows >= kLeastRows && row_inputs <= kMostColumnInputs;
}

#if BRINK_BYTE_PRODUCTS

// A single channel's weights as vectors of bytes: `repeats` rows' side by side where a row is a
// half, quarter ... of a vector, otherwise one row's with zeros behind.
struct ColumnWeights {
  static constexpr size_t kBytes = sizeof(int32_t) * kColumnRows;  // a vector
  size_t row_inputs;
  size_t repeats;
  size_t vectors;
  HWY_ALIGN PackedWeight bytes[kMostColumnInputs + kNarrowInputs] = {};

  // Of a panel of narrow steps; row_inputs is at most kMostColumnInputs.
  ColumnWeights(const IntTile& tile, size_t inputs)
      : row_inputs(inputs),
        repeats(kBytes % inputs == 0 ? kBytes / inputs : 1),
        vectors(CeilDiv(inputs, kBytes)) {
    const auto* steps = reinterpret_cast<const PackedWeight*>(
        tile.panel + kPanelHeaderRows * kIntLanes * sizeof(int32_t));
    // Behind the last input steps are zeros.
    for (size_t row = 0; row < repeats; ++row) {
      for (size_t i = 0; i < inputs; i += kNarrowInputs)
        std::memcpy(bytes + row * inputs + i, steps + i * kNarrowColumns, kNarrowInputs);
    }
  }
};

// The sums of kColumnRows rows, kVectors vectors of as many rows each.
template <int kVectors>
HWY_INLINE IntVector SumColumn(const ColumnWeights& weights, const PackedInput* from) {
  constexpr hn::Repartition<PackedWeight, IntTag> kWeight;
  constexpr hn::Repartition<PackedInput, IntTag> kInput;
  const size_t step = weights.row_inputs * weights.repeats;
  IntVector sums[kVectors];
#pragma GCC unroll 16
  for (int v = 0; v < kVectors; ++v, from += step) {
    sums[v] = hn::Zero(kInt);
    for (size_t i = 0; i < weights.vectors; ++i) {
      const auto input = hn::LoadU(kInput, from + i * ColumnWeights::kBytes);
      const auto weight = hn::Load(kWeight, weights.bytes + i * ColumnWeights::kBytes);
      AddByteProducts(sums[v], input, weight);
    }
  }
#pragma GCC unroll 4
  for (int count = kVectors; count > 1; count /= 2) {
#pragma GCC unroll 8
    for (int v = 0; v < count / 2; ++v) sums[v] = AddNeighbours(sums[2 * v], sums[2 * v + 1]);
  }
  return sums[0];
}

// Stores kGroups times kColumnRows rows, the last of fewer where the tile has fewer columns.
template <int kGroups, int kVectors>
HWY_INLINE void MultiplyColumnGroups(const IntTile& tile, const ColumnWeights& weights,
                                     const PackedInput* inputs) {
  IntSums<kGroups, 1> sums;
  StartSums(tile.panel, sums);
  for (int group = 0; group < kGroups; ++group) {
    IntVector& sum = sums.at[group][0];
    const auto row = static_cast<size_t>(group) * kColumnRows;
    sum = hn::Add(sum, SumColumn<kVectors>(weights, inputs + row * weights.row_inputs));
    if (tile.row_factor != 0) {
      const IntVector factor = hn::Set(kInt, tile.row_factor);
      sum = hn::Add(sum, hn::Mul(factor, hn::LoadU(kInt, tile.row_sums + row)));
    }
  }
  StoreSums(tile, kIntLanes, sums);
}

template <int kVectors>
HWY_NOINLINE void MultiplyColumnRows(IntTile tile, const ColumnWeights& weights,
                                     const PackedInput* inputs, size_t rows) {
  constexpr size_t kGroups = 4;  // whose bytes are stored together
  const size_t element = tile.output_stride;
  tile.output_stride *= kColumnRows;
  tile.columns = kIntLanes;
  const auto move = [&](size_t by) HWY_ATTR {
    inputs += by * weights.row_inputs;
    tile.row_sums += by;
    tile.output += by * element;
  };
  constexpr size_t kTogether = kGroups * kColumnRows;
  tile.row_count = kGroups;
  for (; rows >= kTogether; rows -= kTogether) {
    MultiplyColumnGroups<kGroups, kVectors>(tile, weights, inputs);
    move(kTogether);
  }
  tile.row_count = 1;
  while (rows != 0) {
    const size_t count = std::min(rows, kColumnRows);
    tile.columns = static_cast<int>(count);
    MultiplyColumnGroups<1, kVectors>(tile, weights, inputs);
    move(count);
    rows -= count;
  }
}

// `rows` rows of row_inputs each times a panel of one channel, whose header is that of a channel
// a lane. The tile says the rest: its panel, its output and what it is, the rows' sums.
HWY_INLINE void MultiplyColumn(const IntTile& tile, const PackedInput* inputs, size_t row_inputs,
                               size_t rows) {
  const ColumnWeights weights(tile, row_inputs);
  switch (kColumnRows / weights.repeats) {
    case 1:
      return MultiplyColumnRows<1>(tile, weights, inputs, rows);
    case 2:
      return MultiplyColumnRows<2>(tile, weights, inputs, rows);
    case 4:
      return MultiplyColumnRows<4>(tile, weights, inputs, rows);
    case 8:
      return MultiplyColumnRows<8>(tile, weights, inputs, rows);
    default:
      return MultiplyColumnRows<kIntLanes>(tile, weights, inputs, rows);
  }
}

#else

HWY_INLINE void MultiplyColumn(const IntTile&, const PackedInput*, size_t, size_t) {}

#endif

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_INT_COLUMN_INL_H_
