#include "brink/kernels/depthwise_conv.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/depthwise_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/hide_step.h"
#include "brink/kernels/micro_kernel-inl.h"
#include "brink/kernels/pieces.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// Output pixels whose sums are kept in registers together.
inline constexpr int kPixels = 4;
// Channels that pass over a row before the next: their rows stay in the first cache.
inline constexpr int kChunk = 64;

bool Applies(const ConvProblem& p) {
  return p.shape.groups > 1 && p.shape.groups == p.shape.in_channels &&
         p.shape.out_channels == p.shape.in_channels && !p.max_pool;
}

// Packed: biases, then [height][width][channels].
size_t PackedBytes(const ConvProblem& p) {
  return AlignUp((1 + WindowInputs(p.shape)) * static_cast<size_t>(p.shape.out_channels) *
                 sizeof(float));
}

void Pack(const ConvProblem& p, const ConvWeights& weights, std::byte* packed) {
  const auto channels = static_cast<size_t>(p.shape.out_channels);
  auto* to = reinterpret_cast<float*>(packed);
  const FilterIndex index(p);
  for (size_t c = 0; c < channels; ++c) to[c] = weights.bias == nullptr ? 0 : weights.bias[c];
  if (p.layout != FilterLayout::kOhwi) {  // as it is packed
    std::copy_n(weights.filter, WindowInputs(p.shape) * channels, to + channels);
    return;
  }
  for (size_t i = 0; i < WindowInputs(p.shape); ++i) {
    for (size_t c = 0; c < channels; ++c) {
      to[(1 + i) * channels + c] = weights.filter[index(c, i)];
    }
  }
}

// The part of a window that lies in the input, for output pixels that share it.
struct Taps {
  const float* input;    // the first tap's cell of the first pixel
  const float* weights;  // the first tap's
  int rows;
  int columns;
  size_t input_row;  // floats from tap to tap and from pixel to pixel
  size_t input_column;
  size_t weight_row;
  size_t channels;  // floats from column to column of weights, and from pixel to pixel of output
  size_t pixel;
};

#if HWY_ARCH_ARM_V7
#define BRINK_SUM_TAPS HWY_NOINLINE  // its own few addresses fit the registers
#else
#define BRINK_SUM_TAPS HWY_INLINE
#endif

// kCount neighbouring pixels times a vector of channels.
template <int kCount, class D>
BRINK_SUM_TAPS void SumTaps(D d, const Taps& taps, const float* bias, FloatRange range,
                            float* output) {
  using V = hn::Vec<D>;
  V sums[kCount];
  const V start = hn::LoadU(d, bias);
#pragma GCC unroll 8
  for (int i = 0; i < kCount; ++i) sums[i] = start;
  for (int y = 0; y < taps.rows; ++y) {
    const float* in = taps.input + static_cast<size_t>(y) * taps.input_row;
    const float* weight = taps.weights + static_cast<size_t>(y) * taps.weight_row;
    for (int x = 0; x < taps.columns; ++x) {
      const V w = hn::LoadU(d, weight);
      const float* pixel = in;
#pragma GCC unroll 8
      for (int i = 0; i < kCount; ++i, pixel += taps.pixel, HideStep(pixel)) {
        sums[i] = hn::MulAdd(hn::LoadU(d, pixel), w, sums[i]);
      }
      in += taps.input_column;
      weight += taps.channels;
    }
  }
  const V low = hn::Set(d, range.low);
  const V high = hn::Set(d, range.high);
#pragma GCC unroll 8
  for (int i = 0; i < kCount; ++i) {
    const V raised = hn::IfThenElse(hn::Lt(sums[i], low), low, sums[i]);
    hn::StoreU(hn::IfThenElse(hn::Gt(raised, high), high, raised), d,
               output + static_cast<size_t>(i) * taps.channels);
  }
}
#undef BRINK_SUM_TAPS

// One output row of one image.
class Row {
 public:
  Row(const ConvProblem& p, const ConvCall& call, int64_t row)
      : s_(p.shape),
        w_(p.shape.window),
        range_(p.range),
        channels_(static_cast<size_t>(s_.in_channels)),
        packed_(reinterpret_cast<const float*>(call.packed)) {
    const int64_t batch = row / s_.out_height;
    top_ = row % s_.out_height * w_.stride_height - w_.pad_top;
    image_ = call.input + static_cast<size_t>(batch * s_.in_height) * RowFloats();
    output_ = call.output + static_cast<size_t>(row * s_.out_width) * channels_;
    rows_ = TapsInside(top_, w_.height, w_.dilation_height, s_.in_height);
  }

  // The channels [first, first + count); D has at most s.in_channels lanes. The last vector
  // overlaps the one before where the lanes do not divide the channels.
  template <class D>
  HWY_INLINE void Run(D d, int first, int count) const {
    const TapRange inner = InnerPixels();
    for (int x = 0; x < s_.out_width;) {
      const bool whole = x >= inner.first && x + kPixels <= inner.last;
      const Taps taps = TapsAt(x);
      for (int c = first; c < first + count; c += static_cast<int>(hn::MaxLanes(d))) {
        const int at = std::min(c, s_.in_channels - static_cast<int>(hn::MaxLanes(d)));
        Taps here = taps;
        here.input += at;
        here.weights += at;
        float* to = output_ + static_cast<size_t>(x) * channels_ + at;
        if (whole) {
          SumTaps<kPixels>(d, here, packed_ + at, range_, to);
        } else {
          SumTaps<1>(d, here, packed_ + at, range_, to);
        }
      }
      x += whole ? kPixels : 1;
    }
  }

 private:
  struct TapRange {
    int first = 0;
    int last = 0;  // not below first
  };

  size_t RowFloats() const { return static_cast<size_t>(s_.in_width) * channels_; }

  // The taps of a window starting at `start` that lie in [0, extent).
  static TapRange TapsInside(int64_t start, int taps, int dilation, int extent) {
    const int64_t first = start < 0 ? CeilDiv(-start, int64_t{dilation}) : 0;
    const int64_t last = start < extent ? CeilDiv(extent - start, int64_t{dilation}) : 0;
    TapRange range{static_cast<int>(std::min<int64_t>(first, taps)),
                   static_cast<int>(std::min<int64_t>(last, taps))};
    range.last = std::max(range.first, range.last);
    return range;
  }

  // Output pixels whose windows lie in the row whole.
  TapRange InnerPixels() const {
    const int64_t reach = int64_t{1} * (w_.width - 1) * w_.dilation_width;
    const int64_t first = CeilDiv(int64_t{w_.pad_left}, int64_t{w_.stride_width});
    const int64_t room = s_.in_width - 1 - reach + w_.pad_left;
    const int64_t last = room < 0 ? 0 : room / w_.stride_width + 1;
    return {static_cast<int>(std::min<int64_t>(first, s_.out_width)),
            static_cast<int>(std::min<int64_t>(last, s_.out_width))};
  }

  Taps TapsAt(int x) const {
    const int64_t left = int64_t{1} * x * w_.stride_width - w_.pad_left;
    const TapRange columns = TapsInside(left, w_.width, w_.dilation_width, s_.in_width);
    Taps taps{};
    taps.rows = rows_.last - rows_.first;
    taps.columns = columns.last - columns.first;
    taps.input_row = static_cast<size_t>(w_.dilation_height) * RowFloats();
    taps.input_column = static_cast<size_t>(w_.dilation_width) * channels_;
    taps.weight_row = static_cast<size_t>(w_.width) * channels_;
    taps.channels = channels_;
    taps.pixel = static_cast<size_t>(w_.stride_width) * channels_;
    if (taps.rows == 0 || taps.columns == 0) {
      taps.rows = 0;
      taps.input = image_;
      taps.weights = packed_;
      return taps;
    }
    const int64_t y = top_ + int64_t{1} * rows_.first * w_.dilation_height;
    const int64_t first_x = left + int64_t{1} * columns.first * w_.dilation_width;
    taps.input = image_ + static_cast<size_t>(y * s_.in_width + first_x) * channels_;
    taps.weights =
        packed_ + channels_ * (1 + static_cast<size_t>(rows_.first * w_.width + columns.first));
    return taps;
  }

  const Conv2dShape& s_;
  const Window2d& w_;
  FloatRange range_;
  size_t channels_;
  const float* packed_;
  const float* image_;
  float* output_;
  int64_t top_;
  TapRange rows_;
};

// A part of the work: output rows, counted over all images, and channels of them.
struct Block {
  RowRange rows;
  ChannelRange channels;
};

template <class D>
void RunBlock(D d, const ConvProblem& p, const ConvCall& call, const Block& block) {
  const int end = block.channels.first + block.channels.count;
  for (int64_t y = block.rows.first; y < block.rows.last; ++y) {
    const Row row(p, call, y);
    for (int first = block.channels.first; first < end; first += kChunk)
      row.Run(d, first, std::min(kChunk, end - first));
  }
}

void RunBlock(const ConvProblem& p, const ConvCall& call, const Block& block) {
  const int channels = p.shape.in_channels;
  if (channels >= kLanes) {
    RunBlock(kFloat, p, call, block);
  } else if (channels >= 8) {
    RunBlock(hn::CappedTag<float, 8>(), p, call, block);
  } else if (channels >= 4) {
    RunBlock(hn::CappedTag<float, 4>(), p, call, block);
  } else {
    RunBlock(hn::CappedTag<float, 1>(), p, call, block);
  }
}

void Run(const ConvProblem& p, const ConvCall& call) {
  const int channels = p.shape.in_channels;
  const int64_t rows = int64_t{1} * p.shape.batch * p.shape.out_height;
  const int chunks = CeilDiv(channels, kChunk);
  const int tasks = TaskCount(p.shape.multiplies() * 4, call.parallel.threads);
  // The products before and after share their many weights among the threads (direct_conv.cc): what
  // one thread wrote it reads here.
  if (channels > 2 * p.shape.out_pixels() && chunks >= tasks) {
    call.parallel.For(tasks, [&](int task, int) {
      const int first = PartBegin(chunks, tasks, task) * kChunk;
      const int end = std::min(channels, PartBegin(chunks, tasks, task + 1) * kChunk);
      RunBlock(p, call, {{0, rows}, {first, end - first}});
    });
    return;
  }
  const auto parts = static_cast<int>(std::min<int64_t>(rows, tasks));
  call.parallel.For(parts, [&](int part, int) {
    RunBlock(p, call, {{rows * part / parts, rows * (part + 1) / parts}, {0, channels}});
  });
}

double Cost(const ConvProblem& p, int threads) {
  const int lanes = std::max(1, std::min(kLanes, p.shape.in_channels));
  const double narrow = static_cast<double>(kLanes) / lanes;
  return static_cast<double>(p.shape.multiplies()) / kMacsPerMicrosecond / 0.4 * narrow /
         std::max(1, threads);
}

}  // namespace

ConvKernel DepthwiseEntry() {
  return {
      .name = "depthwise",
      .applies = Applies,
      .cost = Cost,
      .packed_bytes = PackedBytes,
      .pack = Pack,
      .scratch_bytes = [](const ConvProblem&, int) { return size_t{0}; },
      .run = Run,
  };
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(DepthwiseEntry);

ConvKernel DepthwiseConvEntry() { return BRINK_DISPATCH(DepthwiseEntry)(); }

}  // namespace brink::kernels
#endif  // HWY_ONCE
