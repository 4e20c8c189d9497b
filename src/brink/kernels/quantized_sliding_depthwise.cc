#include "brink/kernels/quantized_sliding_depthwise.h"

#include <algorithm>
#include <cstring>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_sliding_depthwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/sliding_line-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64

// Lines lie along a row, or along a column where rows are short.
struct Lines {
  bool down;
  Axis along;
  Axis across;

  explicit Lines(const Conv2dShape& s) : down(s.out_width < 8 && s.out_height > s.out_width) {
    const Window2d& w = s.window;
    const Axis row{s.in_width, s.out_width, w.stride_width, w.pad_left};
    const Axis column{s.in_height, s.out_height, w.stride_height, w.pad_top};
    along = down ? column : row;
    across = down ? row : column;
  }
};

int FirstChannel(const Conv2dShape& s, int block) {
  return std::min(block * kChannels, s.out_channels - kChannels);
}

constexpr size_t kBlockBytes =
    kChannels * (kPanelHeaderRows * sizeof(int32_t) + kTaps * kTaps * sizeof(int16_t));

bool Applies(const QuantizedConvProblem& p) {
  const Conv2dShape& s = p.shape;
  const Window2d& w = s.window;
  return !p.real_output && s.groups == s.in_channels && s.out_channels == s.in_channels &&
         s.out_channels >= kChannels && w.height == kTaps && w.width == kTaps &&
         w.dilation_height == 1 && w.dilation_width == 1 && Lines(s).along.Slides();
}

size_t PackedBytes(const QuantizedConvProblem& p) {
  return AlignUp(static_cast<size_t>(CeilDiv(p.shape.out_channels, kChannels)) * kBlockBytes);
}

// A block is its header and [across][along][kChannels] weights.
void PackBlockOf(const QuantizedConvProblem& p, const QuantizedConvWeights& weights, int first,
                 std::byte* packed) {
  const bool down = Lines(p.shape).down;
  const FilterIndex index(p.layout, p.shape);
  const PanelHeader header{reinterpret_cast<int32_t*>(packed), kChannels, PackedInputZero(p)};
  auto* body = reinterpret_cast<int16_t*>(header.rows + kPanelHeaderRows * kChannels);
  for (size_t c = 0; c < kChannels; ++c) {
    const size_t channel = static_cast<size_t>(first) + c;
    WeightSums sums;
    for (size_t tap = 0; tap < kTaps * kTaps; ++tap) {
      const int32_t weight =
          StoredWeight(p, weights.filter, index(channel, tap)) - p.filter_zero_point;
      const size_t place = down ? tap % kTaps * kTaps + tap / kTaps : tap;
      body[place * kChannels + c] = static_cast<int16_t>(weight);
      sums.Add(weight);
    }
    header.Set(weights, channel, c, sums);
  }
  header.Finish(p.output_zero_point);
}

void Pack(const QuantizedConvProblem& p, const QuantizedConvWeights& weights, std::byte* packed) {
  std::memset(packed, 0, PackedBytes(p));
  for (int block = 0; block < CeilDiv(p.shape.out_channels, kChannels); ++block)
    PackBlockOf(p, weights, FirstChannel(p.shape, block),
                packed + static_cast<size_t>(block) * kBlockBytes);
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
  for (int tap = 0; tap < kTaps; ++tap) {
    const int64_t row = int64_t{1} * place * lines.across.stride - lines.across.pad + tap;
    line.inside[tap] = row >= 0 && row < lines.across.inputs;
    line.rows[tap] = image + std::clamp<int64_t>(row, 0, lines.across.inputs - 1) * row_step;
  }
  line.output = output + place * (lines.down ? channels : channels * s.out_width);
}

// Lines [first, last) of outputs.
template <class T, int kStride>
void RunLines(const QuantizedConvProblem& p, const QuantizedConvCall& call, int64_t first,
              int64_t last) {
  const Conv2dShape& s = p.shape;
  const Lines lines(s);
  const auto channels = static_cast<size_t>(s.out_channels);
  const int blocks = CeilDiv(s.out_channels, kChannels);
  Line<T> whole{};
  whole.axis = lines.along;
  whole.step = lines.down ? channels * static_cast<size_t>(s.in_width) : channels;
  whole.output_step = lines.down ? channels * static_cast<size_t>(s.out_width) : channels;
  for (int64_t index = first; index < last; ++index) {
    Place(p, call, lines, index, whole);
    for (int b = 0; b < blocks; ++b) {
      Line<T> line = whole;
      const int channel = FirstChannel(s, b);
      for (const T*& row : line.rows) row += channel;
      line.output += channel;
      line.block = call.packed + static_cast<size_t>(b) * kBlockBytes;
      const bool general = reinterpret_cast<const int32_t*>(line.block)[kChannels] != 0;
      general ? RunLine<T, kStride, true>(p, line) : RunLine<T, kStride, false>(p, line);
    }
  }
}

template <class T>
void RunPart(const QuantizedConvProblem& p, const QuantizedConvCall& call, int64_t first,
             int64_t last) {
  Lines(p.shape).along.stride == 1 ? RunLines<T, 1>(p, call, first, last)
                                   : RunLines<T, 2>(p, call, first, last);
}

void Run(const QuantizedConvProblem& p, const QuantizedConvCall& call) {
  const Conv2dShape& s = p.shape;
  const int64_t lines = int64_t{1} * s.batch * Lines(s).across.outputs;
  const auto parts = static_cast<int>(
      std::min<int64_t>(lines, TaskCount(s.multiplies() * 4, call.parallel.threads)));
  call.parallel.For(parts, [&](int part, int) {
    const int64_t first = lines * part / parts;
    const int64_t last = lines * (part + 1) / parts;
    p.type == Type::kInt8 ? RunPart<int8_t>(p, call, first, last)
                          : RunPart<uint8_t>(p, call, first, last);
  });
}

double Cost(const QuantizedConvProblem& p, int threads) {
  return static_cast<double>(p.shape.multiplies()) / kMacsPerMicrosecond / 0.8 /
         std::max(1, threads);
}

#else

bool Applies(const QuantizedConvProblem&) { return false; }
double Cost(const QuantizedConvProblem&, int) { return 0; }
size_t PackedBytes(const QuantizedConvProblem&) { return 0; }
void Pack(const QuantizedConvProblem&, const QuantizedConvWeights&, std::byte*) {}
void Run(const QuantizedConvProblem&, const QuantizedConvCall&) {}

#endif

}  // namespace

QuantizedConvKernel QuantizedSlidingDepthwise() {
  return {
      .name = "sliding depthwise",
      .applies = Applies,
      .cost = Cost,
      .packed_bytes = PackedBytes,
      .pack = Pack,
      .scratch_bytes = [](const QuantizedConvProblem&, int) { return size_t{0}; },
      .run = Run,
  };
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(QuantizedSlidingDepthwise);

QuantizedConvKernel QuantizedSlidingDepthwiseEntry() {
  return BRINK_DISPATCH(QuantizedSlidingDepthwise)();
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
