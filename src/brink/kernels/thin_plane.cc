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

#if HWY_TARGET != HWY_SCALAR
// Lines of bytes, 16 bytes of each at a time: kLines where that is not 0, else fewer than kSide as
// if there were kSide.
template <int kSide, int kLines>
class ByteLines {
 public:
  explicit ByteLines(const TransposedPlane& plane)
      : plane_(plane), lines_(kLines > 0 ? kLines : std::min(plane.rows, plane.columns)) {}

  HWY_INLINE void Join(const uint8_t* from, uint8_t* to) const {
    for (int64_t i = 0; i < plane_.rows; i += kWidth) {
      const int64_t at = std::min(i, plane_.rows - kWidth);
      Square square;
      // Lines there are none of are others again.
#pragma GCC unroll 16
      for (int k = 0; k < kSide; ++k)
        square.v[k] =
            hn::LoadU(kBytes, from + std::min<int64_t>(k, lines_ - 1) * plane_.from_stride + at);
      Turn<kSide == 8 ? 3 : 4>(square);
      if (kLines == kSide || i + kWidth < plane_.rows) {
        StoreTurns(square, to + at * lines_);
      } else {
        uint8_t turns[kRoom];
        StoreTurns(square, turns);
        std::copy_n(turns, kWidth * lines_, to + at * lines_);
      }
    }
  }
  HWY_INLINE void Part(const uint8_t* from, uint8_t* to) const {
    for (int64_t i = 0; i < plane_.columns; i += kWidth) {
      const int64_t at = std::min(i, plane_.columns - kWidth);
      Square square;
      if (kLines == kSide || i + kWidth < plane_.columns) {
        LoadTurns(from + at * lines_, square);
      } else {
        uint8_t turns[kRoom] = {};
        std::copy_n(from + at * lines_, kWidth * lines_, turns);
        LoadTurns(turns, square);
      }
      Turn<4>(square);
#pragma GCC unroll 16
      for (int k = 0; k < kSide; ++k) {
        if (k < lines_) hn::StoreU(square.v[k], kBytes, to + k * plane_.to_stride + at);
      }
    }
  }

 private:
  static constexpr hn::CappedTag<uint8_t, 16> kBytes{};
  static constexpr hn::CappedTag<uint8_t, kSide> kTurn{};
  static constexpr int64_t kWidth = 16;
  static constexpr size_t kRoom = 16 * 16;  // the last turn is read and written beyond its end
  struct Square {
    hn::Vec<hn::CappedTag<uint8_t, 16>> v[kSide];
  };

  // To interleave the first half of the vectors with the second moves the highest bit of an
  // element's number, which counts all of them, to the lowest: as many times as the line's number
  // has bits to join, and as that of its place in the line has to part.
  template <int kRounds>
  static HWY_INLINE void Turn(Square& square) {
#pragma GCC unroll 4
    for (int round = 0; round < kRounds; ++round) {
      Square next;
#pragma GCC unroll 8
      for (int k = 0; k < kSide / 2; ++k) {
        next.v[2 * k] = hn::InterleaveLower(kBytes, square.v[k], square.v[k + kSide / 2]);
        next.v[2 * k + 1] = hn::InterleaveUpper(kBytes, square.v[k], square.v[k + kSide / 2]);
      }
      square = next;
    }
  }

  // Each turn is stored whole, and then the next one over what of it there are no lines of.
  HWY_INLINE void StoreTurns(const Square& square, uint8_t* to) const {
    const int64_t step = kLines == kSide ? kWidth : lines_;
#pragma GCC unroll 16
    for (int k = 0; k < kSide; ++k) {
      if constexpr (kSide == 16 || kLines == kSide) {
        hn::StoreU(square.v[k], kBytes, to + k * step);
      } else {
        hn::StoreU(hn::LowerHalf(kTurn, square.v[k]), kTurn, to + 2 * k * lines_);
        hn::StoreU(hn::UpperHalf(kTurn, square.v[k]), kTurn, to + (2 * k + 1) * lines_);
      }
    }
  }
  HWY_INLINE void LoadTurns(const uint8_t* from, Square& square) const {
    const int64_t step = kLines == kSide ? kWidth : lines_;
#pragma GCC unroll 16
    for (int k = 0; k < kSide; ++k) {
      if constexpr (kSide == 16 || kLines == kSide) {
        square.v[k] = hn::LoadU(kBytes, from + k * step);
      } else {
        square.v[k] = hn::Combine(kBytes, hn::LoadU(kTurn, from + (2 * k + 1) * lines_),
                                  hn::LoadU(kTurn, from + 2 * k * lines_));
      }
    }
  }

  const TransposedPlane plane_;  // apart, as every store of bytes could change what is pointed to
  const int64_t lines_;
};

template <int kSide, int kLines>
void TransposeLinesOfBytes(const TransposedPlane& plane, const std::byte* from, std::byte* to) {
  const ByteLines<kSide, kLines> lines(plane);
  const auto* source = reinterpret_cast<const uint8_t*>(from);
  auto* target = reinterpret_cast<uint8_t*>(to);
  plane.columns < plane.rows ? lines.Join(source, target) : lines.Part(source, target);
}

void TransposeBytes(const TransposedPlane& plane, const std::byte* from, std::byte* to) {
  const int64_t lines = std::min(plane.rows, plane.columns);
  if (lines == 8) return TransposeLinesOfBytes<8, 8>(plane, from, to);
  if (lines < 8) return TransposeLinesOfBytes<8, 0>(plane, from, to);
  TransposeLinesOfBytes<16, 0>(plane, from, to);
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
  if (std::min(plane.rows, plane.columns) > 4) return TransposeBytes(plane, from, to);
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
  const bool fits = lines > 4 ? lines < 16 && bytes == 1 : lines >= 2 && bytes <= 4 && bytes != 3;
  return fits && std::max(plane.rows, plane.columns) * static_cast<int64_t>(bytes) >= 16 &&
         stride == lines * static_cast<int64_t>(bytes);
}

TransposeFunction ChooseThinTranspose() { return BRINK_DISPATCH(TransposeThin); }

}  // namespace brink::kernels
#endif  // HWY_ONCE
