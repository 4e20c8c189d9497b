// The lines of 8-bit depthwise convolutions whose windows slide along them, for kernels that differ
// in how they multiply; compiled once a CPU target, for 64-bit ARM.
#if defined(BRINK_KERNELS_SLIDING_DEPTHWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_SLIDING_DEPTHWISE_INL_H_
#undef BRINK_KERNELS_SLIDING_DEPTHWISE_INL_H_
#else
#define BRINK_KERNELS_SLIDING_DEPTHWISE_INL_H_
#endif

#include <algorithm>
#include <cstring>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/sliding_line-inl.h"

#if HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Lines lie along a row, or along a column where rows are short. Windows with holes slide along as
// many lines as their taps are apart, each of every so manieth pixel.
struct Lines {
  bool down;
  int dilation;  // along
  int across_dilation;
  Axis along;
  Axis across;

  explicit Lines(const Conv2dShape& s) : down(s.out_width < 8 && s.out_height > s.out_width) {
    const Window2d& w = s.window;
    const Axis row{s.in_width, s.out_width, w.stride_width, w.pad_left};
    const Axis column{s.in_height, s.out_height, w.stride_height, w.pad_top};
    along = down ? column : row;
    across = down ? row : column;
    dilation = down ? w.dilation_height : w.dilation_width;
    across_dilation = down ? w.dilation_width : w.dilation_height;
  }

  bool Slide(int taps) const {
    const bool together = dilation == 1 ? along.stride <= 2 : along.stride == 1;
    return together && along.pad % dilation == 0 && along.pad / dilation <= taps - along.stride;
  }

  // The pixels of a line that are `first` and every dilation-th behind it.
  Axis Every(int64_t first) const {
    const auto count = [&](int64_t all) {
      return CeilDiv(std::max<int64_t>(0, all - first), int64_t{dilation});
    };
    return {count(along.inputs), count(along.outputs), along.stride, along.pad / dilation};
  }
};

inline int FirstChannel(const Conv2dShape& s, int block) {
  return std::min(block * kChannels, s.out_channels - kChannels);
}
inline int Blocks(const Conv2dShape& s) { return CeilDiv(s.out_channels, kChannels); }

// Whether windows are square and slide, a channel at a time.
inline bool SlidesDepthwise(const QuantizedConvProblem& p) {
  const Conv2dShape& s = p.shape;
  const Window2d& w = s.window;
  return !p.real_output && s.groups == s.in_channels && s.out_channels == s.in_channels &&
         s.out_channels >= kChannels && w.height == w.width && Lines(s).Slide(w.width);
}

// A block's header; its weights follow.
inline constexpr size_t kHeaderBytes = kPanelHeaderRows * kChannels * sizeof(int32_t);

// Packs blocks of `block_bytes`; set(body, along, across, channel, weight) places what is left of a
// weight without its zero point.
template <class Set>
void PackSliding(const QuantizedConvProblem& p, const QuantizedConvWeights& weights,
                 size_t block_bytes, std::byte* packed, Set set) {
  const Conv2dShape& s = p.shape;
  const bool down = Lines(s).down;
  const auto taps = static_cast<size_t>(s.window.width);
  const FilterIndex index(p.layout, s);
  std::memset(packed, 0, static_cast<size_t>(Blocks(s)) * block_bytes);
  for (int block = 0; block < Blocks(s); ++block, packed += block_bytes) {
    const PanelHeader header{reinterpret_cast<int32_t*>(packed), kChannels, PackedInputZero(p)};
    for (size_t c = 0; c < kChannels; ++c) {
      const size_t channel = static_cast<size_t>(FirstChannel(s, block)) + c;
      WeightSums sums;
      for (size_t tap = 0; tap < taps * taps; ++tap) {
        const int32_t weight =
            StoredWeight(p, weights.filter, index(channel, tap)) - p.filter_zero_point;
        const size_t y = tap / taps;
        const size_t x = tap % taps;
        set(packed + kHeaderBytes, down ? y : x, down ? x : y, c, weight);
        sums.Add(weight);
      }
      header.Set(weights, channel, c, sums);
    }
    header.Finish(p.output_zero_point);
  }
}

// Points a line at line `index` of the outputs, counted over the batch, of the first channels.
template <class T>
void Place(const QuantizedConvProblem& p, const QuantizedConvCall& call, const Lines& lines,
           int64_t index, Line<T>& line) {
  const Conv2dShape& s = p.shape;
  const auto [batch, place] = SplitIndex(index, static_cast<int>(lines.across.outputs));
  const auto channels = static_cast<int64_t>(s.out_channels);
  const auto* image =
      static_cast<const T*>(call.input) + batch * int64_t{1} * s.in_height * s.in_width * channels;
  auto* output =
      static_cast<T*>(call.output) + batch * int64_t{1} * s.out_height * s.out_width * channels;
  const int64_t row_step = lines.down ? channels : channels * s.in_width;
  for (int tap = 0; tap < s.window.width; ++tap) {
    const int64_t row = int64_t{1} * place * lines.across.stride - lines.across.pad +
                        int64_t{1} * tap * lines.across_dilation;
    line.inside[tap] = row >= 0 && row < lines.across.inputs;
    line.rows[tap] = image + std::clamp<int64_t>(row, 0, lines.across.inputs - 1) * row_step;
  }
  line.output = output + place * (lines.down ? channels : channels * s.out_width);
}

// All blocks of a line, of the pixels that `whole` has.
template <class Windows, class T, int kStride>
void RunBlocks(const QuantizedConvProblem& p, const std::byte* packed, const Line<T>& whole) {
  const bool inside = std::find(whole.inside, whole.inside + Windows::kTaps, false) ==
                      whole.inside + Windows::kTaps;
  alignas(16) std::byte own[Windows::kBlockBytes];
  Line<T> line = whole;
  for (int b = 0; b < Blocks(p.shape); ++b, packed += Windows::kBlockBytes) {
    line.channel = FirstChannel(p.shape, b);
    line.block = packed;
    if (!inside) {
      Windows::LeaveOut(p, line, packed, own);
      line.block = own;
    }
    const bool general = reinterpret_cast<const int32_t*>(packed)[kChannels] != 0;
    switch (ScalingOf(general, p.range, p.output_zero_point)) {
      case Scaling::kGeneral:
        RunLine<Windows, kStride, Scaling::kGeneral>(p, line);
        break;
      case Scaling::kRight:
        RunLine<Windows, kStride, Scaling::kRight>(p, line);
        break;
      case Scaling::kRectified:
        RunLine<Windows, kStride, Scaling::kRectified>(p, line);
        break;
    }
  }
}

// Lines [first, last) of outputs.
template <class Windows, class T, int kStride>
void RunLines(const QuantizedConvProblem& p, const QuantizedConvCall& call, int64_t first,
              int64_t last) {
  const Conv2dShape& s = p.shape;
  const Lines lines(s);
  const auto channels = static_cast<size_t>(s.out_channels);
  const auto dilation = static_cast<size_t>(lines.dilation);
  const size_t step = lines.down ? channels * static_cast<size_t>(s.in_width) : channels;
  const size_t output_step = lines.down ? channels * static_cast<size_t>(s.out_width) : channels;
  Line<T> whole{};
  whole.step = step * dilation;
  whole.output_step = output_step * dilation;
  for (int64_t index = first; index < last; ++index) {
    Place(p, call, lines, index, whole);
    for (int64_t of = 0; of < std::min<int64_t>(lines.dilation, lines.along.outputs); ++of) {
      whole.axis = lines.Every(of);
      RunBlocks<Windows, T, kStride>(p, call.packed, whole);
      for (const T*& row : whole.rows) row += step;
      whole.output += output_step;
    }
  }
}

// All of a convolution.
template <class Windows, class T>
void RunSliding(const QuantizedConvProblem& p, const QuantizedConvCall& call) {
  const Conv2dShape& s = p.shape;
  const Lines of(s);
  const int64_t lines = int64_t{1} * s.batch * of.across.outputs;
  const auto run = of.along.stride == 1 ? &RunLines<Windows, T, 1> : &RunLines<Windows, T, 2>;
  const auto parts = static_cast<int>(
      std::min<int64_t>(lines, TaskCount(s.multiplies() * 4, call.parallel.threads)));
  call.parallel.For(parts, [&](int part, int) {
    run(p, call, lines * part / parts, lines * (part + 1) / parts);
  });
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#endif  // BRINK_KERNELS_SLIDING_DEPTHWISE_INL_H_
