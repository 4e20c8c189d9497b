#include <algorithm>
#include <limits>
#include <type_traits>

#include "brink/kernels/pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_pool.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/divide-inl.h"
#include "brink/kernels/pool_rows.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

template <class T>
struct Window {
  const T* cells;
  size_t row_step;
  size_t cell_step;
  int rows;
  int columns;
};

template <class T>
Window<T> WindowAt(const Conv2dShape& s, const T* input, const PoolCells& cells) {
  const auto channels = static_cast<size_t>(s.in_channels);
  return {input + static_cast<size_t>(cells.first) * channels,
          static_cast<size_t>(s.in_width) * channels, channels, cells.rows, cells.columns};
}

// Calls visit(pointer to the channels of a cell) for every cell.
template <class T, class Visit>
HWY_INLINE void ForEachCell(const Window<T>& w, Visit visit) {
  for (int y = 0; y < w.rows; ++y) {
    const T* cell = w.cells + static_cast<size_t>(y) * w.row_step;
    for (int x = 0; x < w.columns; ++x, cell += w.cell_step) visit(cell);
  }
}

// As many channels as D has lanes.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void MaxChannels(D d, const Window<T>& w, IntRange range, T* output) {
  auto most = hn::Set(d, std::numeric_limits<T>::min());
  ForEachCell(w, [&](const T* cell) HWY_ATTR { most = hn::Max(most, hn::LoadU(d, cell)); });
  most = hn::Max(most, hn::Set(d, static_cast<T>(range.low)));
  hn::StoreU(hn::Min(most, hn::Set(d, static_cast<T>(range.high))), d, output);
}

// Neighbouring windows of 2x2 cells, which are whole: of those the loops over cells take longer
// than the cells.
template <class T>
struct Fours {
  const T* upper;  // the first window's
  const T* lower;
  int count;
  size_t step;  // from window to window
  size_t channels;
};
template <class D, class T = hn::TFromD<D>>
HWY_NOINLINE void MaxOfFours(D d, Fours<T> fours, IntRange range, T* output) {
  const auto low = hn::Set(d, static_cast<T>(range.low));
  const auto high = hn::Set(d, static_cast<T>(range.high));
  auto [upper, lower, count, step, channels] = fours;
  for (int i = 0; i < count; ++i) {
    for (size_t begin = 0; begin < channels; begin += hn::MaxLanes(d)) {
      const size_t c = std::min(begin, channels - hn::MaxLanes(d));
      const size_t right = c + channels;
      const auto above = hn::Max(hn::LoadU(d, upper + c), hn::LoadU(d, upper + right));
      const auto below = hn::Max(hn::LoadU(d, lower + c), hn::LoadU(d, lower + right));
      hn::StoreU(hn::Min(hn::Max(hn::Max(above, below), low), high), d, output + c);
    }
    upper += step;
    lower += step;
    output += channels;
  }
}

// How many windows of 2x2 from that of pixel `x` on, which has these cells, are whole.
int WholeFours(const Conv2dShape& s, const PoolCells& cells, int x) {
  const Window2d& w = s.window;
  if (cells.rows != 2 || cells.columns != 2) return 0;
  const int64_t left = int64_t{1} * x * w.stride_width - w.pad_left;
  const int64_t whole = (s.in_width - 2 - left) / w.stride_width + 1;
  return static_cast<int>(std::min<int64_t>(whole, s.out_width - x));
}

template <class T>
Fours<T> FoursAt(const Conv2dShape& s, const T* input, const PoolCells& cells, int count) {
  const auto channels = static_cast<size_t>(s.in_channels);
  const T* upper = input + static_cast<size_t>(cells.first) * channels;
  return {upper, upper + static_cast<size_t>(s.in_width) * channels, count,
          static_cast<size_t>(s.window.stride_width) * channels, channels};
}

// One row of windows of 2x2, some of which may reach beyond the input.
template <class D, class T = hn::TFromD<D>>
HWY_NOINLINE void MaxOfPixels(D d, const QuantizedPoolProblem& p, const T* input, T* output,
                              int64_t row) {
  const auto channels = static_cast<size_t>(p.shape.in_channels);
  const PoolRow cells_of(p.shape, row);
  for (int x = 0; x < p.shape.out_width;) {
    const PoolCells cells = cells_of.At(x);
    const int fours = WholeFours(p.shape, cells, x);
    if (fours > 0) {
      MaxOfFours(d, FoursAt(p.shape, input, cells, fours), p.range, output);
    } else {
      const Window<T> whole = WindowAt(p.shape, input, cells);
      for (size_t begin = 0; begin < channels; begin += hn::MaxLanes(d)) {
        Window<T> w = whole;
        const size_t c = std::min(begin, channels - hn::MaxLanes(d));
        w.cells += c;
        MaxChannels(d, w, p.range, output + c);
      }
    }
    x += std::max(fours, 1);
    output += static_cast<size_t>(std::max(fours, 1)) * channels;
  }
}

// Sums in 32 bits, then divides in floats: exact, since the rounded quotient of two integers below
// 2^23 never reaches the next integer.
template <class D, class T>
HWY_INLINE void AverageChannels(D d, const Window<T>& w, IntRange range, T* output) {
  const hn::Rebind<T, D> narrow;
  const hn::Rebind<float, D> real;
  auto sum = hn::Zero(d);
  ForEachCell(w, [&](const T* cell)
                     HWY_ATTR { sum = hn::Add(sum, hn::PromoteTo(d, hn::LoadU(narrow, cell))); });
  const int cells = std::max(1, w.rows * w.columns);
  const auto rounded = hn::Add(hn::Abs(sum), hn::Set(d, cells / 2));
  const auto quotient = hn::ConvertTo(
      d, Divide(hn::ConvertTo(real, rounded), hn::Set(real, static_cast<float>(cells))));
  auto value = hn::IfThenElse(hn::Lt(sum, hn::Zero(d)), hn::Neg(quotient), quotient);
  value = hn::Min(hn::Max(value, hn::Set(d, range.low)), hn::Set(d, range.high));
  hn::StoreU(hn::DemoteTo(narrow, value), narrow, output);
}

#if HWY_TARGET == HWY_NEON
// Cells whose sum 16 bits hold, whatever the bytes.
constexpr int kMostNarrowCells = 255;

// Four sums' quotients by a multiplication: half a cell more keeps them so far from whole numbers
// that its rounding reaches none.
HWY_INLINE int32x4_t Quotients(float32x4_t sums, float reciprocal, float32x4_t offset) {
  const float32x4_t signed_offset = vbslq_f32(vdupq_n_u32(0x80000000U), sums, offset);
  return vcvtq_s32_f32(vmlaq_n_f32(signed_offset, sums, reciprocal));
}

// Sixteen channels, of no more cells than kMostNarrowCells.
template <class T>
HWY_INLINE void AverageSixteen(const Window<T>& w, IntRange range, T* output) {
  const int cells = std::max(1, w.rows * w.columns);
  const float reciprocal = 1.0F / static_cast<float>(cells);
  const float32x4_t offset = vdupq_n_f32((static_cast<float>(cells / 2) + 0.5F) * reciprocal);
  constexpr hn::ScalableTag<T> kStored;
  hn::Vec<decltype(kStored)> bytes;
  const auto divide = [&](auto a, auto b) HWY_ATTR {
    return vcombine_s16(vqmovn_s32(Quotients(a, reciprocal, offset)),
                        vqmovn_s32(Quotients(b, reciprocal, offset)));
  };
  if constexpr (std::is_signed_v<T>) {
    int16x8_t low = vdupq_n_s16(0);
    int16x8_t high = low;
    ForEachCell(w, [&](const T* cell) HWY_ATTR {
      const int8x16_t of = vld1q_s8(cell);
      low = vaddw_s8(low, vget_low_s8(of));
      high = vaddw_s8(high, vget_high_s8(of));
    });
    const auto real = [](int16x4_t of) HWY_ATTR { return vcvtq_f32_s32(vmovl_s16(of)); };
    bytes.raw =
        vcombine_s8(vqmovn_s16(divide(real(vget_low_s16(low)), real(vget_high_s16(low)))),
                    vqmovn_s16(divide(real(vget_low_s16(high)), real(vget_high_s16(high)))));
  } else {
    uint16x8_t low = vdupq_n_u16(0);
    uint16x8_t high = low;
    ForEachCell(w, [&](const T* cell) HWY_ATTR {
      const uint8x16_t of = vld1q_u8(cell);
      low = vaddw_u8(low, vget_low_u8(of));
      high = vaddw_u8(high, vget_high_u8(of));
    });
    const auto real = [](uint16x4_t of) HWY_ATTR { return vcvtq_f32_u32(vmovl_u16(of)); };
    bytes.raw =
        vcombine_u8(vqmovun_s16(divide(real(vget_low_u16(low)), real(vget_high_u16(low)))),
                    vqmovun_s16(divide(real(vget_low_u16(high)), real(vget_high_u16(high)))));
  }
  bytes = hn::Max(bytes, hn::Set(kStored, static_cast<T>(range.low)));
  hn::StoreU(hn::Min(bytes, hn::Set(kStored, static_cast<T>(range.high))), kStored, output);
}

struct NarrowAverageOf {
  static constexpr bool kTakesFours = false;
  static constexpr size_t kLeastChannels = 16;

  template <class D, class T>
  HWY_INLINE void operator()(D /*d*/, const Window<T>& w, IntRange range, T* output) const {
    AverageSixteen(w, range, output);
  }
};
#endif

struct MaxOf {
  static constexpr bool kTakesFours = true;
  static constexpr size_t kLeastChannels = 1;

  template <class D, class T>
  HWY_INLINE void operator()(D d, const Window<T>& w, IntRange range, T* output) const {
    MaxChannels(d, w, range, output);
  }
};

struct AverageOf {
  static constexpr bool kTakesFours = false;
  static constexpr size_t kLeastChannels = 1;

  template <class D, class T>
  HWY_INLINE void operator()(D d, const Window<T>& w, IntRange range, T* output) const {
    AverageChannels(d, w, range, output);
  }
};

// One row by vectors of D, or of half as many lanes where those are more than the channels. The
// last vector of a pixel ends with its channels, and repeats some that the one before it pooled:
// single lanes behind whole vectors took several times as long as those.
template <class Pool, class D, class T>
HWY_INLINE void PoolPixels(D d, const QuantizedPoolProblem& p, const T* input, T* output,
                           int64_t row) {
  constexpr size_t kStep = hn::MaxLanes(d);
  const auto channels = static_cast<size_t>(p.shape.in_channels);
  if constexpr (kStep > Pool::kLeastChannels) {
    const hn::CappedTag<hn::TFromD<D>, kStep / 2> half;
    if (channels < kStep) return PoolPixels<Pool>(half, p, input, output, row);
  }
  if constexpr (Pool::kTakesFours) {
    if (p.shape.window.width == 2 && p.shape.window.height == 2)
      return MaxOfPixels(d, p, input, output, row);
  }
  const PoolRow cells_of(p.shape, row);
  for (int x = 0; x < p.shape.out_width; ++x, output += channels) {
    const Window<T> whole = WindowAt(p.shape, input, cells_of.At(x));
    for (size_t begin = 0; begin < channels; begin += kStep) {
      const size_t c = std::min(begin, channels - kStep);
      Window<T> w = whole;
      w.cells += c;
      Pool()(d, w, p.range, output + c);
    }
  }
}

}  // namespace

template <class T>
void MaxRow(const QuantizedPoolProblem& p, const T* input, T* output, int64_t row) {
  PoolPixels<MaxOf>(hn::ScalableTag<T>(), p, input, output, row);
}

template <class T>
void AverageRow(const QuantizedPoolProblem& p, const T* input, T* output, int64_t row) {
#if HWY_TARGET == HWY_NEON
  if constexpr (sizeof(T) == 1) {
    const int64_t cells = int64_t{1} * p.shape.window.height * p.shape.window.width;
    if (p.shape.in_channels >= 16 && cells <= kMostNarrowCells)
      return PoolPixels<NarrowAverageOf>(hn::ScalableTag<T>(), p, input, output, row);
  }
#endif
  PoolPixels<AverageOf>(hn::ScalableTag<int32_t>(), p, input, output, row);
}

void MaxRowSigned(const QuantizedPoolProblem& p, const int8_t* in, int8_t* out, int64_t row) {
  MaxRow(p, in, out, row);
}
void MaxRowUnsigned(const QuantizedPoolProblem& p, const uint8_t* in, uint8_t* out, int64_t row) {
  MaxRow(p, in, out, row);
}
void MaxRowShort(const QuantizedPoolProblem& p, const int16_t* in, int16_t* out, int64_t row) {
  MaxRow(p, in, out, row);
}
void AverageRowShort(const QuantizedPoolProblem& p, const int16_t* in, int16_t* out, int64_t row) {
  AverageRow(p, in, out, row);
}
void AverageRowSigned(const QuantizedPoolProblem& p, const int8_t* in, int8_t* out, int64_t row) {
  AverageRow(p, in, out, row);
}
void AverageRowUnsigned(const QuantizedPoolProblem& p, const uint8_t* in, uint8_t* out,
                        int64_t row) {
  AverageRow(p, in, out, row);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "brink/kernels/reference/pool.h"

namespace brink::kernels {
namespace {

HWY_EXPORT(MaxRowSigned);
HWY_EXPORT(MaxRowUnsigned);
HWY_EXPORT(MaxRowShort);
HWY_EXPORT(AverageRowShort);
HWY_EXPORT(AverageRowSigned);
HWY_EXPORT(AverageRowUnsigned);

template <class T, class RowFunction>
void Rows(const QuantizedPoolProblem& p, const T* input, T* output, const Parallel& parallel,
          RowFunction run) {
  ForEachPoolRow(p.shape, parallel, [&](int64_t row) {
    run(p, input, output + row * p.shape.out_width * p.shape.in_channels, row);
  });
}

// Whether a window's sum, rounded, stays below 2^23.
bool SumsAreExact(const Conv2dShape& s, int bits) {
  return (int64_t{1} * s.window.height * s.window.width << bits) < (1 << 23);
}

}  // namespace

void MaxPool(const QuantizedPoolProblem& p, const int8_t* input, int8_t* output,
             const Parallel& parallel) {
  Rows(p, input, output, parallel, BRINK_DISPATCH(MaxRowSigned));
}
void MaxPool(const QuantizedPoolProblem& p, const uint8_t* input, uint8_t* output,
             const Parallel& parallel) {
  Rows(p, input, output, parallel, BRINK_DISPATCH(MaxRowUnsigned));
}
void AveragePool(const QuantizedPoolProblem& p, const int8_t* input, int8_t* output,
                 const Parallel& parallel) {
  if (!SumsAreExact(p.shape, 8)) return reference::AveragePool(p, input, output);
  Rows(p, input, output, parallel, BRINK_DISPATCH(AverageRowSigned));
}
void AveragePool(const QuantizedPoolProblem& p, const uint8_t* input, uint8_t* output,
                 const Parallel& parallel) {
  if (!SumsAreExact(p.shape, 8)) return reference::AveragePool(p, input, output);
  Rows(p, input, output, parallel, BRINK_DISPATCH(AverageRowUnsigned));
}

void MaxPool(const QuantizedPoolProblem& p, const int16_t* input, int16_t* output,
             const Parallel& parallel) {
  Rows(p, input, output, parallel, BRINK_DISPATCH(MaxRowShort));
}
void AveragePool(const QuantizedPoolProblem& p, const int16_t* input, int16_t* output,
                 const Parallel& parallel) {
  if (!SumsAreExact(p.shape, 16)) return reference::AveragePool(p, input, output);
  Rows(p, input, output, parallel, BRINK_DISPATCH(AverageRowShort));
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
