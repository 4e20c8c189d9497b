// Narrows four vectors of 32-bit integers to bytes, compiled once a CPU target.
#if defined(BRINK_KERNELS_BYTE_BLOCK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_BYTE_BLOCK_INL_H_
#undef BRINK_KERNELS_BYTE_BLOCK_INL_H_
#else
#define BRINK_KERNELS_BYTE_BLOCK_INL_H_
#endif

#include <type_traits>

#include "brink/kernels/activation.h"
#include "brink/kernels/requantize-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

inline constexpr size_t kBlockVectors = 4;

#undef BRINK_PACKS_BLOCKS
#if HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || \
    HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
#define BRINK_PACKS_BLOCKS 1
#else
#define BRINK_PACKS_BLOCKS 0
#endif

#if BRINK_PACKS_BLOCKS
template <class T>
using Bytes = hn::Vec<hn::Repartition<T, IntTag>>;

// Four vectors' integers, saturated to T: within each 128 bits the first vector's four, then the
// second's and so on. Three packing instructions, where narrowing vector by vector takes two to
// four each.
template <class T>
HWY_INLINE Bytes<T> PackBlock(IntVector a, IntVector b, IntVector c, IntVector d) {
#if HWY_TARGET == HWY_NEON
  const int16x8_t low = vcombine_s16(vqmovn_s32(a.raw), vqmovn_s32(b.raw));
  const int16x8_t high = vcombine_s16(vqmovn_s32(c.raw), vqmovn_s32(d.raw));
  if constexpr (std::is_signed_v<T>) {
    return Bytes<T>(vcombine_s8(vqmovn_s16(low), vqmovn_s16(high)));
  } else {
    return Bytes<T>(vcombine_u8(vqmovun_s16(low), vqmovun_s16(high)));
  }
#elif HWY_TARGET == HWY_SSE4
  const __m128i low = _mm_packs_epi32(a.raw, b.raw);
  const __m128i high = _mm_packs_epi32(c.raw, d.raw);
  return {std::is_signed_v<T> ? _mm_packs_epi16(low, high) : _mm_packus_epi16(low, high)};
#elif HWY_TARGET == HWY_AVX2
  const __m256i low = _mm256_packs_epi32(a.raw, b.raw);
  const __m256i high = _mm256_packs_epi32(c.raw, d.raw);
  return {std::is_signed_v<T> ? _mm256_packs_epi16(low, high) : _mm256_packus_epi16(low, high)};
#else
  const __m512i low = _mm512_packs_epi32(a.raw, b.raw);
  const __m512i high = _mm512_packs_epi32(c.raw, d.raw);
  return {std::is_signed_v<T> ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high)};
#endif
}

// The same, all of the first vector's integers before the second's.
template <class T>
HWY_INLINE Bytes<T> PackBlockInOrder(IntVector a, IntVector b, IntVector c, IntVector d) {
  const Bytes<T> bytes = PackBlock<T>(a, b, c, d);
#if HWY_TARGET == HWY_AVX2
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  return {_mm256_permutevar8x32_epi32(bytes.raw, order)};
#elif HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return {_mm512_permutexvar_epi32(order, bytes.raw)};
#else
  return bytes;
#endif
}
#endif

// Stores the block's integers, clamped to a range within T's.
template <class T>
HWY_INLINE void StoreBlock(const IntVector* block, IntRange range, T* to) {
#if BRINK_PACKS_BLOCKS
  constexpr size_t kVectors = 1;
  const hn::Repartition<T, IntTag> bytes;
  const auto narrow = [&](size_t) HWY_ATTR {
    return PackBlockInOrder<T>(block[0], block[1], block[2], block[3]);
  };
#else
  constexpr size_t kVectors = kBlockVectors;
  const hn::Rebind<T, IntTag> bytes;
  const auto narrow = [&](size_t v) HWY_ATTR { return hn::DemoteTo(bytes, block[v]); };
#endif
  const auto low = hn::Set(bytes, static_cast<T>(range.low));
  const auto high = hn::Set(bytes, static_cast<T>(range.high));
  for (size_t v = 0; v < kVectors; ++v) {
    const auto clamped = hn::Min(hn::Max(narrow(v), low), high);
    hn::StoreU(clamped, bytes, to + v * hn::MaxLanes(bytes));
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_BYTE_BLOCK_INL_H_
