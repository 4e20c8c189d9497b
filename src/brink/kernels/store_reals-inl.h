// Scales sums of a tile to real numbers and stores them, compiled once a CPU target.
#if defined(BRINK_KERNELS_STORE_REALS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_STORE_REALS_INL_H_
#undef BRINK_KERNELS_STORE_REALS_INL_H_
#else
#define BRINK_KERNELS_STORE_REALS_INL_H_
#endif

#include <cstring>

#include "brink/kernels/int_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Stores the first `count` numbers of a vector.
template <class Reals>
HWY_INLINE void StoreRealPart(Reals reals, float* to, size_t count) {
  constexpr hn::Repartition<float, IntTag> kReal;
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  hn::BlendedStore(reals, hn::FirstN(kReal, count), kReal, to);
#else
  if (count >= hn::MaxLanes(kReal)) return hn::StoreU(reals, kReal, to);
  HWY_ALIGN float all[hn::MaxLanes(kReal)];
  hn::Store(reals, kReal, all);
  std::memcpy(to, all, count * sizeof(float));
#endif
}

// Scales and stores sums that started from zeros as float32, see RealStore. The rows that would
// requantise them hold the weights' sums, scales and biases, `width` numbers each.
template <int kRows, int kVectors>
HWY_INLINE void StoreReals(const IntTile& tile, const int32_t* weight_sums, size_t width,
                           const IntSums<kRows, kVectors>& sums) {
  constexpr hn::Repartition<float, IntTag> kReal;
  const auto* scales = reinterpret_cast<const float*>(weight_sums + width);
  const float* biases = scales + width;
  const auto low = hn::Set(kReal, tile.real->range.low);
  const auto high = hn::Set(kReal, tile.real->range.high);
  const auto input_scale = hn::Set(kReal, tile.real->scale);
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const int first = v * kIntLanes;
    if (first >= tile.columns) return;
    // Of bytes, which still have their zero point.
    IntVector zeros = hn::Zero(kInt);
    if constexpr (sizeof(PackedInput) == 1)
      zeros = hn::Mul(hn::Set(kInt, tile.input_zero), hn::LoadU(kInt, weight_sums + first));
    const auto scale = hn::Mul(input_scale, hn::LoadU(kReal, scales + first));
    const auto bias = hn::LoadU(kReal, biases + first);
    const auto left = static_cast<size_t>(tile.columns - first);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      if (r >= tile.row_count) break;
      IntVector sum = sums.at[r][v];
      if constexpr (sizeof(PackedInput) == 1) sum = hn::Sub(sum, zeros);
      // Of a NaN and another number x86 takes the second.
      const auto real = hn::MulAdd(hn::ConvertTo(kReal, sum), scale, bias);
      const auto value = hn::Min(high, hn::Max(low, real));
      auto* to =
          reinterpret_cast<float*>(tile.output + static_cast<size_t>(r) * tile.output_stride);
      StoreRealPart(value, to + first, left);
    }
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_STORE_REALS_INL_H_
