// What the register block of int_kernel-inl.h computes, and how its results are stored; compiled
// once a CPU target.
//
// What an input and a step are differs by target:
//   VNNI:         unsigned bytes, four a step
//   NEON with dot product: signed bytes, four a step
//   64-bit NEON without, where byte_pairs.h is included: signed bytes, sixteen a step
//   other x86:    16-bit integers, two a step (vpmaddwd)
//   NEON, scalar: 16-bit integers, one a step
#if defined(BRINK_KERNELS_INT_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_INT_TILE_INL_H_
#undef BRINK_KERNELS_INT_TILE_INL_H_
#else
#define BRINK_KERNELS_INT_TILE_INL_H_
#endif

#include <cstddef>
#include <cstring>

#include "brink/kernels/byte_block-inl.h"
#include "brink/kernels/byte_products-inl.h"
#include "brink/kernels/quantized_conv.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if BRINK_BYTE_PRODUCTS
using PackedInput = ByteInput;
using PackedWeight = int8_t;
inline constexpr int kStepInputs = 4;
#elif BRINK_BYTE_PAIRS
using PackedInput = int8_t;
using PackedWeight = int8_t;
inline constexpr int kStepInputs = 16;
#elif HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
using PackedInput = int16_t;
using PackedWeight = int16_t;
inline constexpr int kStepInputs = 2;
#else
using PackedInput = int16_t;
using PackedWeight = int16_t;
inline constexpr int kStepInputs = 1;
#endif

#if HWY_ARCH_ARM_V7 || BRINK_BYTE_PAIRS
inline constexpr int kIntTileRows = 4;  // g++ spills more
#else
inline constexpr int kIntTileRows = 6;
#endif

struct IntTile {
  // A row's inputs are `runs` runs of steps * kStepInputs each, at the same offsets from every
  // row's start. The pointers of rows that are not stored are valid too.
  const PackedInput* const* rows = nullptr;  // [kIntTileRows]
  const size_t* offsets = nullptr;           // [runs], in inputs
  size_t runs = 1;
  size_t steps = 0;
  bool half_step = false;  // a run's last step has but half its inputs; others are not read
  const int32_t* row_sums = nullptr;  // [kIntTileRows], times `row_factor` added to a row's sums
  int32_t row_factor = 0;
  const std::byte* panel = nullptr;
  uint8_t* output = nullptr;
  size_t output_stride = 0;  // bytes from row to row
  int row_count = 0;         // rows to store
  int columns = 0;           // columns to store
  int32_t zero_point = 0;
  IntRange range;
  bool is_signed = true;            // the output's type
  int32_t input_zero = 0;           // of the packed inputs, for a real output
  const RealStore* real = nullptr;  // the output is float32
};

template <int kRows, int kVectors>
struct IntSums {
  IntVector at[kRows][kVectors];
};

// Values are stored as signed bytes, and unsigned ones by turning their highest bit: what that
// takes from them.
HWY_INLINE int32_t StoredFlip(const IntTile& tile) { return tile.is_signed ? 0 : 128; }

#if BRINK_PACKS_BLOCKS

#if HWY_TARGET != HWY_AVX3 && HWY_TARGET != HWY_AVX3_DL
// Apart, as a tile's last columns are few and its rows many.
template <class Tag>
HWY_NOINLINE void StoreSome(Tag tag, hn::Vec<Tag> bytes, int8_t* to, size_t count) {
  HWY_ALIGN int8_t all[hn::MaxLanes(Tag())];
  hn::StoreU(bytes, tag, all);
  std::memcpy(to, all, count);
}
#endif

template <class Tag>
HWY_INLINE void StoreRow(const IntTile& tile, int row, Tag tag, hn::Vec<Tag> bytes) {
  if (row >= tile.row_count) return;
  auto* to = reinterpret_cast<int8_t*>(tile.output + static_cast<size_t>(row) * tile.output_stride);
  const auto columns = static_cast<size_t>(tile.columns);
  if (columns >= hn::MaxLanes(tag)) {
    hn::StoreU(bytes, tag, to);
  } else {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    hn::BlendedStore(bytes, hn::FirstN(tag, columns), tag, to);
#else
    StoreSome(tag, bytes, to, columns);
#endif
  }
}

// Stores equal parts of `bytes` to kRows rows from `row` on.
template <int kRows, class Tag>
HWY_INLINE void StoreRows(const IntTile& tile, int row, Tag tag, hn::Vec<Tag> bytes) {
  if constexpr (kRows == 1) {
    StoreRow(tile, row, tag, bytes);
  } else {
    constexpr hn::Half<Tag> kHalf;
    StoreRows<kRows / 2>(tile, row, kHalf, hn::LowerHalf(kHalf, bytes));
    StoreRows<kRows / 2>(tile, row + kRows / 2, kHalf, hn::UpperHalf(kHalf, bytes));
  }
}

// Stores values, less StoredFlip, clamped to the tile's range: four vectors together, of one row or
// of neighbouring ones.
template <int kRows, int kVectors>
HWY_INLINE void StoreValues(const IntTile& tile, const IntSums<kRows, kVectors>& values) {
  constexpr hn::Repartition<int8_t, IntTag> kStored;
  constexpr int kAcross = kVectors == 3 ? 4 : kVectors;
  constexpr int kTogether = kBlockVectors / kAcross;
  const int32_t flip = StoredFlip(tile);
  const auto flips = hn::Set(kStored, static_cast<int8_t>(-flip));
  const auto low = hn::Set(kStored, static_cast<int8_t>(tile.range.low - flip));
  const auto high = hn::Set(kStored, static_cast<int8_t>(tile.range.high - flip));
  // What lies beyond the last row or vector is not stored.
  const auto value = [&](int first, int i) HWY_ATTR {
    return values.at[std::min(first + i / kAcross, kRows - 1)][std::min(i % kAcross, kVectors - 1)];
  };
#pragma GCC unroll 8
  for (int r = 0; r < kRows; r += kTogether) {
    const auto bytes = PackBlockInOrder<int8_t>(value(r, 0), value(r, 1), value(r, 2), value(r, 3));
    const auto clamped = hn::Min(hn::Max(bytes, low), high);
    StoreRows<kTogether>(tile, r, kStored, hn::Xor(clamped, flips));
  }
}

#else

template <int kRows, int kVectors>
HWY_INLINE void StoreValues(const IntTile& tile, const IntSums<kRows, kVectors>& values) {
  const int32_t flip = StoredFlip(tile);
  for (int r = 0; r < tile.row_count; ++r) {
    HWY_ALIGN int32_t row[kVectors * kIntLanes];
    for (int v = 0; v < kVectors; ++v) hn::Store(values.at[r][v], kInt, row + v * kIntLanes);
    uint8_t* to = tile.output + static_cast<size_t>(r) * tile.output_stride;
    for (int c = 0; c < std::min(tile.columns, kVectors * kIntLanes); ++c)
      to[c] = static_cast<uint8_t>(std::clamp(row[c] + flip, tile.range.low, tile.range.high));
  }
}

#endif

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_INT_TILE_INL_H_
