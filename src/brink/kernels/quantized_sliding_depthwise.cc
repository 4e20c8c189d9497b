#include "brink/kernels/quantized_sliding_depthwise.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_sliding_depthwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/int_packing-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64

constexpr int kTaps = 3;      // of a window, each way
constexpr int kChannels = 8;  // of a block; the last block begins early where it would be shorter
constexpr int kTogether = 4;  // output pixels of a line that are finished together

// An axis of the picture, along a line of output pixels or from line to line.
struct Axis {
  int64_t inputs;
  int64_t outputs;
  int stride;
  int pad;

  // The outputs whose windows end within the input.
  int64_t Whole() const {
    const int64_t last = inputs - kTaps + pad;
    return last < 0 ? 0 : std::min(outputs, last / stride + 1);
  }
  // Whether no window lies by more than one tap beyond either end.
  bool Slides() const {
    return (stride == 1 || stride == 2) && pad <= 1 &&
           (outputs - 1) * stride - pad + kTaps <= inputs + 1;
  }
};

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

// A line of output pixels, of one block of channels.
template <class T>
struct Line {
  Axis axis;
  const T* rows[kTaps];  // where its windows' rows begin
  bool inside[kTaps];    // the others may point anywhere
  size_t step;           // from input to input
  const std::byte* block;
  T* output;
  size_t output_step;
};

struct Sums {
  int32x4_t low, high;
};

// The inputs of a line's three rows at one place, less their zero point.
struct Inputs {
  int16x8_t at[kTaps];
};

// What a line's windows share.
template <class T>
class Windows {
 public:
  HWY_INLINE Windows(const QuantizedConvProblem& p, const Line<T>& line)
      : rows_{line.rows[0], line.rows[1], line.rows[2]},
        step_(line.step),
        zero_(vdup_n_u8(static_cast<uint8_t>(p.input_zero_point))) {
    const auto* header = reinterpret_cast<const int32_t*>(line.block);
    const auto* weights = reinterpret_cast<const int16_t*>(header + kPanelHeaderRows * kChannels);
#pragma GCC unroll 3
    for (int row = 0; row < kTaps; ++row) {
      // Rows outside hold the zero point: products of nothing.
      const int16x8_t mask = vdupq_n_s16(line.inside[row] ? -1 : 0);
#pragma GCC unroll 3
      for (int tap = 0; tap < kTaps; ++tap)
        weights_[row][tap] = vandq_s16(vld1q_s16(weights + (row * kTaps + tap) * kChannels), mask);
    }
    biases_ = header;
  }

  // The next inputs of the line.
  HWY_INLINE Inputs Next() {
    Inputs inputs;
#pragma GCC unroll 3
    for (int row = 0; row < kTaps; ++row) {
      const auto* from = reinterpret_cast<const uint8_t*>(rows_[row] + at_);
      if constexpr (std::is_signed_v<T>) {
        inputs.at[row] = vsubl_s8(vreinterpret_s8_u8(vld1_u8(from)), vreinterpret_s8_u8(zero_));
      } else {
        inputs.at[row] = vreinterpretq_s16_u16(vsubl_u8(vld1_u8(from), zero_));
      }
    }
    at_ += step_;
    return inputs;
  }

  // Sums begin with biases, read in one instruction each time: no registers are kept for them.
  HWY_INLINE void Begin(Sums& sums) const {
    const int32_t* biases = biases_;
    asm volatile("" : "+r"(biases));
    sums.low = vld1q_s32(biases);
    sums.high = vld1q_s32(biases + kIntLanes);
  }

  // Adds the products with the windows' taps of one place.
  HWY_INLINE void Add(Sums& sums, const Inputs& inputs, int tap) const {
#pragma GCC unroll 3
    for (int row = 0; row < kTaps; ++row) {
      const int16x8_t weights = weights_[row][tap];
      // g++ takes copies of halves for the intrinsic, and spills them.
      asm("smlal %0.4s, %1.4h, %2.4h" : "+w"(sums.low) : "w"(inputs.at[row]), "w"(weights));
      sums.high = vmlal_high_s16(sums.high, inputs.at[row], weights);
    }
  }

 private:
  const T* rows_[kTaps];
  size_t at_ = 0;
  size_t step_;
  uint8x8_t zero_;
  int16x8_t weights_[kTaps][kTaps];
  const int32_t* biases_;
};

// Requantises sums of a block and stores them as the line's next output pixels.
template <class T, bool kGeneral>
class PixelStore {
 public:
  HWY_INLINE PixelStore(const QuantizedConvProblem& p, const Line<T>& line)
      : requantizer_(reinterpret_cast<const int32_t*>(line.block) + kRequantizerRow * kChannels),
        to_(line.output),
        step_(line.output_step),
        zero_(p.output_zero_point),
        low_(hn::Set(kStored, static_cast<T>(p.range.low))),
        high_(hn::Set(kStored, static_cast<T>(p.range.high))) {}

  HWY_INLINE void Store(const Sums& pixel) {
    const int16x8_t values = Requantize(pixel);
    StoreNext(hn::LowerHalf(kPixel, Narrow(values, values)));
  }
  HWY_INLINE void Store(const Sums& first, const Sums& second) {
    const auto bytes = Narrow(Requantize(first), Requantize(second));
    StoreNext(hn::LowerHalf(kPixel, bytes));
    StoreNext(hn::UpperHalf(kPixel, bytes));
  }

 private:
  static constexpr hn::Repartition<T, IntTag> kStored{};
  static constexpr hn::Half<hn::Repartition<T, IntTag>> kPixel{};

  HWY_INLINE int16x8_t Requantize(const Sums& sums) const {
    if constexpr (kGeneral) {
      const Requantizer low(requantizer_, kChannels, zero_);
      const Requantizer high(requantizer_ + kIntLanes, kChannels, zero_);
      return vcombine_s16(vqmovn_s32(low(IntVector(sums.low)).raw),
                          vqmovn_s32(high(IntVector(sums.high)).raw));
    } else {
      const int32_t* shifts = requantizer_ + kChannels;
      const int32x4_t low =
          RightRequantizer::Scale(sums.low, vld1q_s32(requantizer_), vld1q_s32(shifts));
      const int32x4_t high =
          RightRequantizer::Scale(sums.high, vld1q_s32(requantizer_ + 4), vld1q_s32(shifts + 4));
      return AddZeroPoint(low, high, vdupq_n_s16(static_cast<int16_t>(zero_)));
    }
  }

  HWY_INLINE Bytes<T> Narrow(int16x8_t first, int16x8_t second) const {
    Bytes<T> bytes;
    if constexpr (std::is_signed_v<T>) {
      bytes.raw = vcombine_s8(vqmovn_s16(first), vqmovn_s16(second));
    } else {
      bytes.raw = vcombine_u8(vqmovun_s16(first), vqmovun_s16(second));
    }
    return hn::Min(hn::Max(bytes, low_), high_);
  }

  HWY_INLINE void StoreNext(hn::Vec<hn::Half<hn::Repartition<T, IntTag>>> pixel) {
    hn::StoreU(pixel, kPixel, to_);
    to_ += step_;
  }

  const int32_t* requantizer_;
  T* to_;
  size_t step_;
  int32_t zero_;
  Bytes<T> low_, high_;
};

// Windows of neighbouring pixels share all but `kStride` of their taps' places: sums begun by the
// pixels before are carried on, each input read once.
template <class T, int kStride, bool kGeneral>
HWY_NOINLINE void RunLine(const QuantizedConvProblem& p, const Line<T>& line) {
  Windows<T> windows(p, line);
  PixelStore<T, kGeneral> store(p, line);
  Sums next;   // of the next pixel
  Sums later;  // with a stride of 1, of the one behind it
  windows.Begin(next);
  windows.Begin(later);
  // What lies before the next pixel's last kStride taps.
  if (line.axis.pad == 0) windows.Add(next, windows.Next(), 0);
  if constexpr (kStride == 1) {
    const Inputs inputs = windows.Next();
    windows.Add(next, inputs, 1);
    windows.Add(later, inputs, 0);
  }
  // Ends `sums`, adds to those of the pixel behind with a stride of 1, and begins others.
  const auto step = [&](Sums& sums, Sums& behind, Sums& begun) HWY_ATTR {
    if constexpr (kStride == 2) windows.Add(sums, windows.Next(), 1);
    const Inputs inputs = windows.Next();
    windows.Add(sums, inputs, 2);
    if constexpr (kStride == 1) windows.Add(behind, inputs, 1);
    windows.Begin(begun);
    windows.Add(begun, inputs, 0);
  };
  const int64_t whole = line.axis.Whole();
  int64_t done = 0;
  for (; done + kTogether <= whole; done += kTogether) {
    Sums c, d, e, f;
    if constexpr (kStride == 1) {
      step(next, later, c);
      step(later, c, d);
      step(c, d, e);
      step(d, e, f);
      store.Store(next, later);
      store.Store(c, d);
      next = e;
      later = f;
    } else {
      step(next, later, c);
      step(c, later, d);
      step(d, later, e);
      step(e, later, f);
      store.Store(next, c);
      store.Store(d, e);
      next = f;
    }
  }
  for (; done < whole; ++done) {
    Sums begun;
    step(next, later, begun);
    store.Store(next);
    next = kStride == 1 ? later : begun;
    later = begun;
  }
  if (done < line.axis.outputs) {  // the last window's last tap lies outside
    if constexpr (kStride == 2) windows.Add(next, windows.Next(), 1);
    store.Store(next);
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
