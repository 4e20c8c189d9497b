// The largest of a row of bytes, compiled once a CPU target.
#if defined(BRINK_KERNELS_BYTE_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_BYTE_ROW_INL_H_
#undef BRINK_KERNELS_BYTE_ROW_INL_H_
#else
#define BRINK_KERNELS_BYTE_ROW_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
HWY_INLINE T Largest(const T* row, size_t depth) {
#if HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<T, 16> d;
  constexpr size_t kBytes = hn::MaxLanes(hn::CappedTag<T, 16>());
  if (depth >= kBytes) {
    auto most = hn::LoadU(d, row + depth - kBytes);
    for (size_t i = 0; i + kBytes <= depth; i += kBytes)
      most = hn::Max(most, hn::LoadU(d, row + i));
    // Halves against halves, until one lane has seen all.
    const hn::RebindToUnsigned<decltype(d)> bits;
    const auto flip = hn::Set(bits, std::is_signed_v<T> ? 128 : 0);
    auto v = hn::Xor(hn::BitCast(bits, most), flip);
    v = hn::Max(v, hn::ShiftRightBytes<8>(bits, v));
    v = hn::Max(v, hn::ShiftRightBytes<4>(bits, v));
    v = hn::Max(v, hn::ShiftRightBytes<2>(bits, v));
    v = hn::Max(v, hn::ShiftRightBytes<1>(bits, v));
    return static_cast<T>(hn::GetLane(v) ^ (std::is_signed_v<T> ? 128 : 0));
  }
#endif
  return *std::max_element(row, row + depth);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_BYTE_ROW_INL_H_
