// Requantises whole tiles of sums and stores them, on NEON; compiled once a CPU target.
#if defined(BRINK_KERNELS_WHOLE_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_WHOLE_ROWS_INL_H_
#undef BRINK_KERNELS_WHOLE_ROWS_INL_H_
#else
#define BRINK_KERNELS_WHOLE_ROWS_INL_H_
#endif

#include "brink/kernels/int_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64

// Scaled integers narrowed and moved by a zero point: saturating twice is saturating once, as the
// zero point is of 8 bits.
HWY_INLINE int16x8_t AddZeroPoint(int32x4_t a, int32x4_t b, int16x8_t zero_point) {
  return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(a), b), zero_point);
}

// What four vectors' scaled integers become: with the zero point, clamped to the tile's range and
// flipped unless kPlain.
template <bool kPlain>
class RowStore {
 public:
  explicit HWY_INLINE RowStore(const IntTile& tile)
      : zero_point_(vdupq_n_s16(static_cast<int16_t>(tile.zero_point - StoredFlip(tile)))),
        flips_(vdupq_n_s8(static_cast<int8_t>(-StoredFlip(tile)))),
        low_(vdupq_n_s8(static_cast<int8_t>(tile.range.low - StoredFlip(tile)))),
        high_(vdupq_n_s8(static_cast<int8_t>(tile.range.high - StoredFlip(tile)))) {}

  HWY_INLINE int8x16_t operator()(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d) const {
    const int16x8_t low = AddZeroPoint(a, b, zero_point_);
    const int16x8_t high = AddZeroPoint(c, d, zero_point_);
    const int8x16_t bytes = vqmovn_high_s16(vqmovn_s16(low), high);
    if constexpr (kPlain) return bytes;
    return veorq_s8(vminq_s8(vmaxq_s8(bytes, low_), high_), flips_);
  }

 private:
  int16x8_t zero_point_;
  int8x16_t flips_, low_, high_;
};

// Whether a tile's results are all that signed bytes hold.
HWY_INLINE bool IsPlain(const IntTile& tile) {
  return tile.is_signed && tile.range.low == -128 && tile.range.high == 127;
}

// Scales all sums in place by `rows` of RightRequantizer or RectifiedRequantizer, a panel's width
// long, then stores whole rows one after another.
template <bool kPlain, bool kRectified, int kRows>
HWY_INLINE void StoreWholeRows(const IntTile& tile, const int32_t* rows, IntSums<kRows, 4>& sums) {
  constexpr int kWidth = 4 * kIntLanes;
#pragma GCC unroll 8
  for (int v = 0; v < 4; ++v) {
    const int32x4_t value = vld1q_s32(rows + v * kIntLanes);
    const int32x4_t shift = vld1q_s32(rows + kWidth + v * kIntLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r)
      sums.at[r][v].raw = ScaleRight<kRectified>(sums.at[r][v].raw, value, shift);
  }
  const RowStore<kPlain> row(tile);
  auto* to = reinterpret_cast<int8_t*>(tile.output);
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r, to += tile.output_stride) {
    const auto& of = sums.at[r];
    vst1q_s8(to, row(of[0].raw, of[1].raw, of[2].raw, of[3].raw));
  }
}

#endif

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_WHOLE_ROWS_INL_H_
