#include "brink/kernels/thin_plane.h"

#include <algorithm>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/thin_plane.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// kLines lines, `stride` bytes apart, and their elements by turns, from element `at` on: a vector
// of each line.
template <class D, int kLines>
struct Vectors {
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;

  static HWY_INLINE T* Line(const std::byte* lines, int64_t stride, int line) {
    return reinterpret_cast<T*>(const_cast<std::byte*>(lines + line * stride));
  }

  static HWY_INLINE void Join(D d, const std::byte* lines, int64_t stride, T* turns, int64_t at) {
    const V a = hn::LoadU(d, Line(lines, stride, 0) + at);
    const V b = hn::LoadU(d, Line(lines, stride, 1) + at);
    T* to = turns + at * kLines;
    if constexpr (kLines == 2) {
      hn::StoreInterleaved2(a, b, d, to);
    } else {
      const V c = hn::LoadU(d, Line(lines, stride, 2) + at);
      if constexpr (kLines == 3) {
        hn::StoreInterleaved3(a, b, c, d, to);
      } else {
        hn::StoreInterleaved4(a, b, c, hn::LoadU(d, Line(lines, stride, 3) + at), d, to);
      }
    }
  }

  static HWY_INLINE void Part(D d, const T* turns, std::byte* lines, int64_t stride, int64_t at) {
    V a, b;
    const T* from = turns + at * kLines;
    if constexpr (kLines == 2) {
      hn::LoadInterleaved2(d, from, a, b);
    } else {
      V c;
      if constexpr (kLines == 3) {
        hn::LoadInterleaved3(d, from, a, b, c);
      } else {
        V last;
        hn::LoadInterleaved4(d, from, a, b, c, last);
        hn::StoreU(last, d, Line(lines, stride, 3) + at);
      }
      hn::StoreU(c, d, Line(lines, stride, 2) + at);
    }
    hn::StoreU(a, d, Line(lines, stride, 0) + at);
    hn::StoreU(b, d, Line(lines, stride, 1) + at);
  }
};

// Of at least a vector: the last one is moved back to be whole.
template <class D, int kLines>
HWY_INLINE void TransposeVectors(D d, const TransposedPlane& plane, const std::byte* from,
                                 std::byte* to) {
  using T = hn::TFromD<D>;
  using Of = Vectors<D, kLines>;
  constexpr auto kWidth = static_cast<int64_t>(hn::MaxLanes(D()));
  if (plane.columns == kLines) {
    for (int64_t i = 0; i < plane.rows; i += kWidth) {
      Of::Join(d, from, plane.from_stride, reinterpret_cast<T*>(to),
               std::min(i, plane.rows - kWidth));
    }
    return;
  }
  for (int64_t i = 0; i < plane.columns; i += kWidth) {
    Of::Part(d, reinterpret_cast<const T*>(from), to, plane.to_stride,
             std::min(i, plane.columns - kWidth));
  }
}

template <class T, int kLines>
void TransposeLines(const TransposedPlane& plane, const std::byte* from, std::byte* to) {
  constexpr auto kWidth = static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  if (std::max(plane.rows, plane.columns) >= kWidth) {
    TransposeVectors<hn::ScalableTag<T>, kLines>({}, plane, from, to);
  } else {
    TransposeVectors<hn::CappedTag<T, 16 / sizeof(T)>, kLines>({}, plane, from, to);
  }
}

// Eight lines of bytes. To interleave the first half of the vectors with the second moves the
// highest bit of an element's number, which counts all of them, to the lowest: three times for the
// line's, four times for those of its place in the line.
#if HWY_TARGET != HWY_SCALAR
void TransposeBytes(const TransposedPlane& plane, const std::byte* from, std::byte* to) {
  const hn::CappedTag<uint8_t, 16> d;
  constexpr int kLines = 8;
  constexpr int64_t kWidth = 16;
  const bool joins = plane.columns == kLines;
  const int64_t length = joins ? plane.rows : plane.columns;
  const int64_t from_step = joins ? plane.from_stride : kWidth;
  const int64_t to_step = joins ? kWidth : plane.to_stride;
  for (int64_t i = 0; i < length; i += kWidth) {
    const int64_t at = std::min(i, length - kWidth);
    const auto* source = reinterpret_cast<const uint8_t*>(from) + (joins ? at : at * kLines);
    auto* target = reinterpret_cast<uint8_t*>(to) + (joins ? at * kLines : at);
    hn::Vec<decltype(d)> lines[kLines];
#pragma GCC unroll 8
    for (int line = 0; line < kLines; ++line) lines[line] = hn::LoadU(d, source + line * from_step);
    for (int round = 0; round < (joins ? 3 : 4); ++round) {
      hn::Vec<decltype(d)> next[kLines];
#pragma GCC unroll 4
      for (int k = 0; k < kLines / 2; ++k) {
        next[2 * k] = hn::InterleaveLower(d, lines[k], lines[k + kLines / 2]);
        next[2 * k + 1] = hn::InterleaveUpper(d, lines[k], lines[k + kLines / 2]);
      }
#pragma GCC unroll 8
      for (int line = 0; line < kLines; ++line) lines[line] = next[line];
    }
#pragma GCC unroll 8
    for (int line = 0; line < kLines; ++line) hn::StoreU(lines[line], d, target + line * to_step);
  }
}
#else
void TransposeBytes(const TransposedPlane& plane, const std::byte* from, std::byte* to) {
  for (int64_t row = 0; row < plane.rows; ++row) {
    for (int64_t column = 0; column < plane.columns; ++column)
      to[row * plane.to_stride + column] = from[column * plane.from_stride + row];
  }
}
#endif

template <class T>
void TransposeOf(const TransposedPlane& plane, const std::byte* from, std::byte* to) {
  switch (std::min(plane.rows, plane.columns)) {
    case 2:
      return TransposeLines<T, 2>(plane, from, to);
    case 3:
      return TransposeLines<T, 3>(plane, from, to);
    default:
      return TransposeLines<T, 4>(plane, from, to);
  }
}

}  // namespace

void TransposeThin(const TransposedPlane& plane, const std::byte* from, std::byte* to) {
  if (std::min(plane.rows, plane.columns) == 8) return TransposeBytes(plane, from, to);
  switch (plane.element_bytes) {
    case 1:
      return TransposeOf<uint8_t>(plane, from, to);
    case 2:
      return TransposeOf<uint16_t>(plane, from, to);
    default:
      return TransposeOf<uint32_t>(plane, from, to);
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(TransposeThin);

bool IsThin(const TransposedPlane& plane) {
  const size_t bytes = plane.element_bytes;
  const int64_t lines = std::min(plane.rows, plane.columns);
  const int64_t stride = plane.columns == lines ? plane.to_stride : plane.from_stride;
  const bool fits = lines == 8 ? bytes == 1 : lines >= 2 && lines <= 4 && bytes <= 4 && bytes != 3;
  return fits && std::max(plane.rows, plane.columns) * static_cast<int64_t>(bytes) >= 16 &&
         stride == lines * static_cast<int64_t>(bytes);
}

TransposeFunction ChooseThinTranspose() { return BRINK_DISPATCH(TransposeThin); }

}  // namespace brink::kernels
#endif  // HWY_ONCE
