// The register block of direct convolutions and fully connected layers, compiled once a CPU target:
// a tile of a few rows (output pixels) times a panel of output channels.
#if defined(BRINK_KERNELS_MICRO_KERNEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_MICRO_KERNEL_INL_H_
#undef BRINK_KERNELS_MICRO_KERNEL_INL_H_
#else
#define BRINK_KERNELS_MICRO_KERNEL_INL_H_
#endif

#include <cstddef>
#include <cstring>

#include "brink/kernels/multiply_run-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Accumulators, a panel's row of weights and one broadcast input fill the register file: 6 * 4 + 4
// + 1 of 32, 6 * 2 + 2 + 1 of 16. g++ for 32-bit ARM spills unless some are left.
#if HWY_ARCH_ARM_V7
inline constexpr int kTileRows = 4;
#else
inline constexpr int kTileRows = 6;
#endif
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_ARCH_ARM_A64
inline constexpr int kPanelVectors = 4;
#else
inline constexpr int kPanelVectors = 2;
#endif
inline constexpr int kPanelWidth = kPanelVectors * kLanes;
// Narrow panels leave registers for more rows, which they need to hide the latency of a sum.
inline constexpr int kMostTileRows = HWY_ARCH_ARM_V7 ? 6 : 8;
inline constexpr int kNarrowVectors = kPanelVectors / 2;

// Whether panels of three vectors have the rows of narrow ones: on AVX-512, where 8 * 3 + 3 + 1
// registers were measured to do as well.
inline constexpr bool kThreesPay = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL;

// The rows of a tile whose panel is that wide.
constexpr int TileRows(int vectors) {
  const bool narrow = vectors <= kNarrowVectors || (kThreesPay && vectors < kPanelVectors);
  return narrow ? kMostTileRows : kTileRows;
}

// One tile: output[row][column] = clamp(bias + sum over segments and run of input * weight).
struct Tile {
  const float* const* rows = nullptr;  // [segments][row_step]: where a row's segment starts
  size_t row_step = kTileRows;
  size_t segments = 1;
  size_t run = 0;                // inputs in a segment
  const float* panel = nullptr;  // aligned: bias [vectors * kLanes], then a row of weights an input
  float* output = nullptr;
  size_t output_stride = 0;  // floats from row to row
  int row_count = 0;         // rows to store; pointers of the others are valid too
  int columns = 0;           // columns to store
  float low = 0;
  float high = 0;
  // Weights needed later, a cache line for each input of all segments, which are fetched meanwhile;
  // or null.
  const float* next = nullptr;
};

// Stores the first `count` lanes, count in [1, kLanes), touching nothing beyond them.
HWY_INLINE void StorePart(FloatVector value, float* to, size_t count) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  hn::BlendedStore(value, hn::FirstN(kFloat, count), kFloat, to);
#else
  HWY_ALIGN float lanes[static_cast<size_t>(kLanes)];
  hn::Store(value, kFloat, lanes);
  std::memcpy(to, lanes, count * sizeof(float));
#endif
}

// NaN stays NaN: x86 gives the second operand where one is NaN, NEON's own instructions give NaN,
// what Highway has for others drops it.
template <class V>
HWY_INLINE V ClampTo(V low, V high, V value) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
  return hn::Min(high, hn::Max(low, value));
#elif HWY_TARGET == HWY_NEON
  if constexpr (sizeof(value.raw) == sizeof(float32x4_t)) {
    return V(vminq_f32(high.raw, vmaxq_f32(low.raw, value.raw)));
  } else {
    return V(vmin_f32(high.raw, vmax_f32(low.raw, value.raw)));
  }
#else
  const V raised = hn::IfThenElse(hn::Lt(value, low), low, value);
  return hn::IfThenElse(hn::Gt(raised, high), high, raised);
#endif
}

template <int kVectors>
HWY_INLINE void StoreRow(const Tile& tile, const FloatVector* sums, float* to) {
  const FloatVector low = hn::Set(kFloat, tile.low);
  const FloatVector high = hn::Set(kFloat, tile.high);
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const FloatVector value = ClampTo(low, high, sums[v]);
    const int left = tile.columns - v * kLanes;
    if (left >= kLanes) {
      hn::StoreU(value, kFloat, to + v * kLanes);
    } else if (left > 0) {
      StorePart(value, to + v * kLanes, static_cast<size_t>(left));
    }
  }
}

// All rows and columns: most tiles are whole, and a question for each vector takes as long as a
// window of a dozen inputs.
template <int kRows, int kVectors>
HWY_INLINE void StoreWhole(const Tile& tile, const FloatVector (&sums)[kRows][kVectors]) {
  const FloatVector low = hn::Set(kFloat, tile.low);
  const FloatVector high = hn::Set(kFloat, tile.high);
  float* to = tile.output;
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r, to += tile.output_stride) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v)
      hn::StoreU(ClampTo(low, high, sums[r][v]), kFloat, to + v * kLanes);
  }
}

template <int kRows, int kVectors, bool kFetch = false>
HWY_NOINLINE void MultiplyTile(const Tile& tile) {
  FloatVector sums[kRows][kVectors];
  const float* const weights = tile.panel;
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const FloatVector start = hn::Load(kFloat, weights + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) sums[r][v] = start;
  }
  RunPlace place{weights + kVectors * kLanes, tile.next};
  for (size_t segment = 0; segment < tile.segments; ++segment) {
    const float* const* rows = tile.rows + segment * tile.row_step;
    const float* in[kRows];
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) in[r] = rows[r];
    MultiplyRun<kRows, kVectors, kFetch ? 1 : 0>(in, tile.run, place, sums);
  }
  if (HWY_LIKELY(tile.row_count == kRows && tile.columns == kVectors * kLanes)) {
    return StoreWhole(tile, sums);
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    if (r < tile.row_count) {
      StoreRow<kVectors>(tile, sums[r], tile.output + static_cast<size_t>(r) * tile.output_stride);
    }
  }
}

using MultiplyTileFunction = void (*)(const Tile&);

// Whole tiles alone fetch: where there is none, there is little time to.
template <int kVectors>
MultiplyTileFunction ChooseTileRows(const Tile& tile) {
  constexpr int kWhole = TileRows(kVectors);
  if (tile.row_count <= 1) return &MultiplyTile<1, kVectors>;
  if (tile.row_count <= 2) return &MultiplyTile<2, kVectors>;
  if (tile.row_count <= 4) return &MultiplyTile<4, kVectors>;
  if (tile.row_count <= kTileRows && kWhole > kTileRows) return &MultiplyTile<kTileRows, kVectors>;
  return tile.next != nullptr ? &MultiplyTile<kWhole, kVectors, true>
                              : &MultiplyTile<kWhole, kVectors>;
}

// The block for a tile of at most TileRows(vectors) rows and `vectors` in [1, kPanelVectors].
inline MultiplyTileFunction ChooseTile(const Tile& tile, int vectors) {
  switch (vectors) {
    case 1:
      return ChooseTileRows<1>(tile);
    case 2:
      return ChooseTileRows<2>(tile);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_ARCH_ARM_A64
    case 3:
      return ChooseTileRows<3>(tile);
#endif
    default:
      return ChooseTileRows<kPanelVectors>(tile);
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_MICRO_KERNEL_INL_H_
