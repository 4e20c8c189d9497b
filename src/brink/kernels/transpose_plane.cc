#include "brink/kernels/transpose_plane.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/transpose_plane.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// So much of a line of the source is read at once: of fewer bytes the next ones are not fetched in
// time.
constexpr int64_t kBandBytes = 256;

// Squares of kSide lines of 16 bytes that are transposed together: as many as make a vector, as
// what moves the elements moves them in every 16 bytes of it alike.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
constexpr int kSquares = 4;
#elif HWY_TARGET == HWY_AVX2
constexpr int kSquares = 2;
#else
constexpr int kSquares = 1;
#endif

#if HWY_TARGET != HWY_SCALAR
// A vector of 16 bytes of each of kCount lines.
template <class T, int kCount>
HWY_INLINE auto LoadSquares(const std::byte* HWY_RESTRICT from, int64_t step) {
  if constexpr (kCount == 1) {
    return hn::LoadU(hn::CappedTag<T, 16 / sizeof(T)>(), reinterpret_cast<const T*>(from));
  } else {
    const auto lower = LoadSquares<T, kCount / 2>(from, step);
    const auto upper = LoadSquares<T, kCount / 2>(from + kCount / 2 * step, step);
    return hn::Combine(hn::CappedTag<T, kCount * 16 / sizeof(T)>(), upper, lower);
  }
}
#endif

// kCount * kSide lines of kSide elements become kSide lines.
template <class T, int kCount>
HWY_INLINE void TransposeTile(const std::byte* HWY_RESTRICT from, int64_t from_stride,
                              std::byte* HWY_RESTRICT to, int64_t to_stride) {
  constexpr int kSide = static_cast<int>(16 / sizeof(T));
#if HWY_TARGET == HWY_SCALAR
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column)
      std::memcpy(to + row * to_stride + column * sizeof(T),
                  from + column * from_stride + row * sizeof(T), sizeof(T));
  }
#else
  const hn::CappedTag<T, kCount * 16 / sizeof(T)> tag;
  using Lines = hn::Vec<decltype(tag)>;
  Lines lines[kSide];
#pragma GCC unroll 16
  for (int i = 0; i < kSide; ++i)
    lines[i] = LoadSquares<T, kCount>(from + i * from_stride, kSide * from_stride);
    // Interleaving the first half of the lines with the second moves one bit of an element's number
    // among the lines to its number in a line; after as many rounds as there are bits all have
    // moved.
#pragma GCC unroll 4
  for (int round = 1; round < kSide; round *= 2) {
    Lines next[kSide];
#pragma GCC unroll 8
    for (int i = 0; i < kSide / 2; ++i) {
      next[2 * i] = hn::InterleaveLower(tag, lines[i], lines[i + kSide / 2]);
      next[2 * i + 1] = hn::InterleaveUpper(tag, lines[i], lines[i + kSide / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kSide; ++i) lines[i] = next[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < kSide; ++i)
    hn::StoreU(lines[i], tag, reinterpret_cast<T*>(to + i * to_stride));
#endif
}

struct RowBand {
  int64_t first = 0;
  int64_t last = 0;
};

// The band's tiles of kCount * kSide columns, the first of which are at `from` and `to`.
template <class T, int kCount>
HWY_INLINE void TransposeColumns(const TransposedPlane& plane, RowBand band, const std::byte* from,
                                 std::byte* to) {
  constexpr auto kBytes = static_cast<int64_t>(sizeof(T));
  constexpr int64_t kSide = 16 / kBytes;
  int64_t k = band.first;
  for (; k + kSide <= band.last; k += kSide) {
    TransposeTile<T, kCount>(from + k * kBytes, plane.from_stride, to + k * plane.to_stride,
                             plane.to_stride);
  }
  if (k == band.last) return;
  k = plane.rows - kSide;
  TransposeTile<T, kCount>(from + k * kBytes, plane.from_stride, to + k * plane.to_stride,
                           plane.to_stride);
}

// The band's last `rest` columns, fewer than tiles of twice as many squares have: by one of the
// narrowest that holds them. The last tiles of a row or column are moved back to be whole: they
// write some twice.
template <class T, int kCount>
HWY_INLINE void TransposeRest(const TransposedPlane& plane, RowBand band, int64_t rest,
                              const std::byte* from, std::byte* to) {
  constexpr int64_t kWidth = kCount * 16 / static_cast<int64_t>(sizeof(T));
  if constexpr (kCount > 1) {
    if (rest <= kWidth / 2) return TransposeRest<T, kCount / 2>(plane, band, rest, from, to);
  }
  const int64_t column = plane.columns - kWidth;
  TransposeColumns<T, kCount>(plane, band, from + column * plane.from_stride,
                              to + column * static_cast<int64_t>(sizeof(T)));
}

// There are at least kCount * kSide columns.
template <class T, int kCount>
void TransposeBy(const TransposedPlane& plane, const std::byte* from, std::byte* to) {
  constexpr auto kBytes = static_cast<int64_t>(sizeof(T));
  constexpr int64_t kWidth = kCount * 16 / kBytes;
  constexpr int64_t kBand = kBandBytes / kBytes;
  const int64_t rest = plane.columns % kWidth;
  for (int64_t first = 0; first < plane.rows; first += kBand) {
    const RowBand band{first, std::min(plane.rows, first + kBand)};
    // The last columns come first: what wrote the source left its end in the caches.
    if (rest > 0) TransposeRest<T, kCount>(plane, band, rest, from, to);
    for (int64_t column = plane.columns - rest - kWidth; column >= 0; column -= kWidth)
      TransposeColumns<T, kCount>(plane, band, from + column * plane.from_stride,
                                  to + column * kBytes);
  }
}

template <class T>
void TransposeOf(const TransposedPlane& plane, const std::byte* from, std::byte* to) {
  constexpr auto kSide = static_cast<int64_t>(16 / sizeof(T));
  if (plane.columns >= kSquares * kSide) return TransposeBy<T, kSquares>(plane, from, to);
  if constexpr (kSquares > 2) {
    if (plane.columns >= 2 * kSide) return TransposeBy<T, 2>(plane, from, to);
  }
  TransposeBy<T, 1>(plane, from, to);
}

}  // namespace

void TransposeTiles(const TransposedPlane& plane, const std::byte* from, std::byte* to) {
  switch (plane.element_bytes) {
    case 1:
      return TransposeOf<uint8_t>(plane, from, to);
    case 2:
      return TransposeOf<uint16_t>(plane, from, to);
    case 4:
      return TransposeOf<uint32_t>(plane, from, to);
    default:
      return TransposeOf<uint64_t>(plane, from, to);
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(TransposeTiles);

int64_t TransposedTile(size_t element_bytes) {
  const bool fits =
      element_bytes == 1 || element_bytes == 2 || element_bytes == 4 || element_bytes == 8;
  return fits ? 16 / static_cast<int64_t>(element_bytes) : 0;
}

TransposeFunction ChooseTranspose() { return BRINK_DISPATCH(TransposeTiles); }

}  // namespace brink::kernels
#endif  // HWY_ONCE
