// Two output rows of a depthwise convolution at once, which share most of their input: each element
// is loaded once for all the windows of both that it lies in. Compiled once a CPU target.
#if defined(BRINK_KERNELS_DEPTHWISE_PAIR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_DEPTHWISE_PAIR_INL_H_
#undef BRINK_KERNELS_DEPTHWISE_PAIR_INL_H_
#else
#define BRINK_KERNELS_DEPTHWISE_PAIR_INL_H_
#endif

#include <algorithm>
#include <limits>

#include "brink/kernels/activation.h"
#include "brink/kernels/conv.h"
#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/micro_kernel-inl.h"
#include "brink/kernels/pieces.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Of vectors. With sixteen that hold four floats each, pairs load the weights too often to pay.
inline constexpr int kPairRegisters =
    HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_ARCH_ARM_A64 ? 32 : 16;
inline constexpr bool kPairsPay = kPairRegisters >= 32 || kLanes >= 8;

// kPixels neighbouring outputs of two rows by square windows.
template <int kPixels_, int kSize_, int kStride_>
struct PairShape {
  static constexpr int kPixels = kPixels_;
  static constexpr int kSize = kSize_;
  static constexpr int kStride = kStride_;
  static constexpr int kRows = kSize + kStride;  // of input
  static constexpr int kColumns = (kPixels - 1) * kStride + kSize;
};

// Where an input element is that lies in the image; rows that do not are null.
template <class Shape>
struct InsideCells {
  const float* row[Shape::kRows];
  size_t step;  // from column to column

  bool HasRow(int r) const { return row[r] != nullptr; }
  HWY_INLINE const float* At(int r, int column) const {
    return row[r] + static_cast<size_t>(column) * step;
  }
};

// The same at the image's edges: what lies outside of it points to zeros.
template <class Shape>
struct EdgeCells {
  const float* cell[Shape::kRows][Shape::kColumns];

  static constexpr bool HasRow(int /*r*/) { return true; }
  HWY_INLINE const float* At(int r, int column) const { return cell[r][column]; }
};

// Some neighbouring channels, and what is packed of them: for each vector its biases and weights,
// see depthwise_conv.cc.
struct PairChannels {
  int first;
  int count;  // up to kMostPairChannels
  const float* packed;
};
inline constexpr int kMostPairChannels = 64;

// The outputs of a block.
struct PairOutput {
  float* upper;     // its first pixel, at the first channel
  size_t row;       // floats from row to row
  size_t channels;  // floats from pixel to pixel
  FloatRange range;
};

// Adds to the sums what row `r` of the input holds.
template <class Shape, class D, class Cells>
HWY_INLINE void AddPairRow(D d, int r, const Cells& cells, ptrdiff_t c, const float* weights,
                           hn::Vec<D> (&sums)[2][Shape::kPixels]) {
  constexpr int kSize = Shape::kSize;
  hn::Vec<D> w[2][kSize];
#pragma GCC unroll 2
  for (int out = 0; out < 2; ++out) {
    const int y = r - out * Shape::kStride;
    if (y < 0 || y >= kSize) continue;
#pragma GCC unroll 8
    for (int x = 0; x < kSize; ++x)
      w[out][x] = hn::LoadU(d, weights + static_cast<size_t>(y * kSize + x) * hn::MaxLanes(d));
  }
#pragma GCC unroll 32
  for (int column = 0; column < Shape::kColumns; ++column) {
    const auto value = hn::LoadU(d, cells.At(r, column) + c);
#pragma GCC unroll 2
    for (int out = 0; out < 2; ++out) {
      const int y = r - out * Shape::kStride;
      if (y < 0 || y >= kSize) continue;
#pragma GCC unroll 8
      for (int i = 0; i < Shape::kPixels; ++i) {
        const int x = column - i * Shape::kStride;
        if (x >= 0 && x < kSize) sums[out][i] = hn::MulAdd(value, w[out][x], sums[out][i]);
      }
    }
  }
}

// All vectors of the channels, the last of which overlaps the one before where it would
// reach beyond.
template <class Shape, class D, class Cells>
HWY_NOINLINE void SumPair(D d, const Cells& cells, const PairChannels& channels,
                          const PairOutput& output) {
  constexpr auto kWidth = static_cast<int>(hn::MaxLanes(D()));
  const float* packed = channels.packed;
  const auto low = hn::Set(d, output.range.low);
  const auto high = hn::Set(d, output.range.high);
  for (int first = 0; first < channels.count; first += kWidth) {
    const ptrdiff_t c = std::min(first, channels.count - kWidth);
    hn::Vec<D> sums[2][Shape::kPixels];
    const auto bias = hn::LoadU(d, packed);
#pragma GCC unroll 2
    for (int out = 0; out < 2; ++out) {
#pragma GCC unroll 8
      for (int i = 0; i < Shape::kPixels; ++i) sums[out][i] = bias;
    }
    packed += kWidth;
#pragma GCC unroll 8
    for (int r = 0; r < Shape::kRows; ++r) {
      if (cells.HasRow(r)) AddPairRow<Shape>(d, r, cells, c, packed, sums);
    }
    packed += Shape::kSize * Shape::kSize * kWidth;
#pragma GCC unroll 2
    for (int out = 0; out < 2; ++out) {
      float* to = output.upper + static_cast<size_t>(out) * output.row + c;
#pragma GCC unroll 8
      for (int i = 0; i < Shape::kPixels; ++i, to += output.channels)
        hn::StoreU(ClampTo(low, high, sums[out][i]), d, to);
    }
  }
}

// Zeros for channels, and for a vector before them.
alignas(kPackAlignment) inline constexpr float kPairZeros[kLanes + kMostPairChannels] = {};

// The output rows `row`, counted over all images, and the next, of the same image.
template <class Shape, class D>
void RunPair(D d, const ConvProblem& p, const ConvCall& call, int64_t row,
             const PairChannels& channels) {
  const Conv2dShape& s = p.shape;
  const auto [batch, y] = SplitIndex(row, s.out_height);
  const auto step = static_cast<size_t>(s.in_channels);
  const size_t row_floats = static_cast<size_t>(s.in_width) * step;
  const int64_t top = int64_t{1} * y * Shape::kStride - s.window.pad_top;
  const float* rows[Shape::kRows];
  for (int r = 0; r < Shape::kRows; ++r) {
    const bool inside = top + r >= 0 && top + r < s.in_height;
    const auto at = static_cast<size_t>(batch * s.in_height + (inside ? top + r : 0));
    rows[r] = inside ? call.input + at * row_floats + channels.first : nullptr;
  }
  PairOutput output{nullptr, static_cast<size_t>(s.out_width) * step, step, p.range};
  float* first = call.output + static_cast<size_t>(row) * output.row + channels.first;
  for (int next = 0; next < s.out_width; next += Shape::kPixels) {
    const int x = std::min(next, s.out_width - Shape::kPixels);
    const int left = x * Shape::kStride - s.window.pad_left;
    output.upper = first + static_cast<size_t>(x) * step;
    if (left >= 0 && left + Shape::kColumns <= s.in_width) {
      InsideCells<Shape> cells;
      cells.step = step;
      for (int r = 0; r < Shape::kRows; ++r)
        cells.row[r] = rows[r] == nullptr ? nullptr : rows[r] + static_cast<size_t>(left) * step;
      SumPair<Shape>(d, cells, channels, output);
      continue;
    }
    EdgeCells<Shape> cells;
    for (int r = 0; r < Shape::kRows; ++r) {
      for (int column = 0; column < Shape::kColumns; ++column) {
        const int at = left + column;
        const bool inside = rows[r] != nullptr && at >= 0 && at < s.in_width;
        cells.cell[r][column] =
            inside ? rows[r] + static_cast<size_t>(at) * step : kPairZeros + kLanes;
      }
    }
    SumPair<Shape>(d, cells, channels, output);
  }
}

template <class D>
using RunPairFunction = void (*)(D, const ConvProblem&, const ConvCall&, int64_t,
                                 const PairChannels&);

// In blocks that cover the width with the fewest pixels, and of those the largest; null where a row
// is shorter than each.
template <class D, int kSize, int kStride>
RunPairFunction<D> ChoosePairOf(int width) {
  RunPairFunction<D> chosen = nullptr;
  int least = std::numeric_limits<int>::max();
  const auto offer = [&](int pixels, RunPairFunction<D> run) {
    const int covered = CeilDiv(width, pixels) * pixels;
    if (pixels > width || covered >= least) return;
    least = covered;
    chosen = run;
  };
  // The sums of more pixels and a window's row of weights each do not fit fewer registers.
  if constexpr (kPairRegisters >= 32) {
    offer(7, &RunPair<PairShape<7, kSize, kStride>, D>);
    offer(5, &RunPair<PairShape<5, kSize, kStride>, D>);
  }
  offer(4, &RunPair<PairShape<4, kSize, kStride>, D>);
  return chosen;
}

// What computes rows in pairs; null where that is no faster than one by one.
template <class D>
RunPairFunction<D> ChoosePair(const Conv2dShape& s) {
  const Window2d& w = s.window;
  const bool is_plain = w.height == w.width && w.stride_height == w.stride_width &&
                        w.dilation_height == 1 && w.dilation_width == 1;
  if (!is_plain) return nullptr;
  if constexpr (kPairsPay && hn::MaxLanes(D()) == kLanes) {
    if (w.width == 3 && w.stride_width == 1) return ChoosePairOf<D, 3, 1>(s.out_width);
    if (w.width == 5 && w.stride_width == 1) return ChoosePairOf<D, 5, 1>(s.out_width);
    if (w.width == 5 && w.stride_width == 2) return ChoosePairOf<D, 5, 2>(s.out_width);
    if constexpr (kPairRegisters >= 32) {
      if (w.width == 3 && w.stride_width == 2) return ChoosePairOf<D, 3, 2>(s.out_width);
    }
  }
  return nullptr;
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_DEPTHWISE_PAIR_INL_H_
