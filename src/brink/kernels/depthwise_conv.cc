#include "brink/kernels/depthwise_conv.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/depthwise_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/depthwise_pair-inl.h"
#include "brink/kernels/depthwise_strip-inl.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// Output pixels whose sums are kept in registers together.
inline constexpr int kPixels = 4;
// Channels that pass over all rows before the next: the rows stay in the first cache until those
// below have used them too.
inline constexpr int kChunk = kMostPairChannels;

bool Applies(const ConvProblem& p) {
  return p.shape.groups > 1 && p.shape.groups == p.shape.in_channels &&
         p.shape.out_channels == p.shape.in_channels && !p.max_pool;
}

// Lanes of the vectors that pass over `channels`, of which there are as many or more.
int Lanes(int channels) {
  if (channels >= kLanes) return kLanes;
  if (channels >= 8) return 8;
  return channels >= 4 ? 4 : 1;
}

// Packed: for each vector of channels its biases, then [height][width][lanes]. The last vector
// overlaps the one before where the lanes do not divide the channels.
size_t VectorFloats(const ConvProblem& p) {
  return (1 + WindowInputs(p.shape)) * static_cast<size_t>(Lanes(p.shape.in_channels));
}

size_t PackedBytes(const ConvProblem& p) {
  const int vectors = CeilDiv(p.shape.in_channels, Lanes(p.shape.in_channels));
  return AlignUp(VectorFloats(p) * static_cast<size_t>(vectors) * sizeof(float));
}

void Pack(const ConvProblem& p, const ConvWeights& weights, std::byte* packed) {
  const int channels = p.shape.in_channels;
  const int lanes = Lanes(channels);
  auto* to = reinterpret_cast<float*>(packed);
  const FilterIndex index(p);
  const bool channels_together = p.layout != FilterLayout::kOhwi;
  for (int c = 0; c < channels; c += lanes) {
    const auto first = static_cast<size_t>(std::min(c, channels - lanes));
    const size_t end = first + static_cast<size_t>(lanes);
    for (size_t k = first; k < end; ++k) *to++ = weights.bias == nullptr ? 0 : weights.bias[k];
    for (size_t i = 0; i < WindowInputs(p.shape); ++i) {
      if (channels_together) {
        to = std::copy_n(weights.filter + index(first, i), lanes, to);
        continue;
      }
      for (size_t k = first; k < end; ++k) *to++ = weights.filter[index(k, i)];
    }
  }
}

// Of the vector that begins with a channel.
const float* PackedAt(const ConvProblem& p, const ConvCall& call, int channel) {
  const auto vector = static_cast<size_t>(channel / Lanes(p.shape.in_channels));
  return reinterpret_cast<const float*>(call.packed) + vector * VectorFloats(p);
}

// One output row of one image.
class Row {
 public:
  Row(const ConvProblem& p, const ConvCall& call, int64_t row)
      : s_(p.shape),
        w_(p.shape.window),
        range_(p.range),
        channels_(static_cast<size_t>(s_.in_channels)),
        vector_floats_(VectorFloats(p)),
        steps_{static_cast<size_t>(w_.dilation_height) * RowFloats(),
               static_cast<size_t>(w_.dilation_width) * channels_,
               static_cast<size_t>(w_.stride_width) * channels_, channels_,
               static_cast<size_t>(w_.width)},
        packed_(reinterpret_cast<const float*>(call.packed)) {
    const auto [batch, y] = SplitIndex(row, s_.out_height);
    top_ = int64_t{1} * y * w_.stride_height - w_.pad_top;
    image_ = call.input + static_cast<size_t>(batch * s_.in_height) * RowFloats();
    output_ = call.output + static_cast<size_t>(row * s_.out_width) * channels_;
    rows_ = TapsInside(top_, w_.height, w_.dilation_height, s_.in_height);
  }

  // D has at most s.in_channels lanes.
  template <class D>
  HWY_INLINE void Run(D d, ChannelRange channels) const {
    const bool near = w_.dilation_width == 1;
    if (near && w_.width == 3 && w_.stride_width == 1) {
      RunAll<Fixed<3, 1>>(d, channels);
    } else if (near && w_.width == 3 && w_.stride_width == 2) {
      RunAll<Fixed<3, 2>>(d, channels);
    } else if (near && w_.width == 5 && w_.stride_width == 1) {
      RunAll<Fixed<5, 1>>(d, channels);
    } else if (near && w_.width == 5 && w_.stride_width == 2) {
      RunAll<Fixed<5, 2>>(d, channels);
    } else {
      RunAll<Any>(d, channels);
    }
  }

 private:
  struct TapRange {
    int first = 0;
    int last = 0;  // not below first
  };

  // What sums pixels whose windows lie in the row whole: some of them together, at least kLeast.
  template <int kColumns, int kStride>
  struct Fixed {
    static constexpr int kLeast = 2;

    template <class D>
    static void Sum(D d, const Strip& strip, const Steps& steps) {
      if (strip.pixels >= kPixels) {
        SumStrip<FixedWindows<kPixels, kColumns, kStride>>(d, strip, steps);
      } else if (strip.pixels == 3) {
        SumStrip<FixedWindows<3, kColumns, kStride>>(d, strip, steps);
      } else {
        SumStrip<FixedWindows<2, kColumns, kStride>>(d, strip, steps);
      }
    }
  };
  struct Any {
    static constexpr int kLeast = kPixels;

    template <class D>
    static void Sum(D d, const Strip& strip, const Steps& steps) {
      SumStrip<AnyWindows<kPixels>>(d, strip, steps);
    }
  };

  template <class Whole, class D>
  void RunAll(D d, ChannelRange channels) const {
    const TapRange inner = InnerPixels();
    for (int x = 0; x < s_.out_width;) {
      if (x == inner.first && inner.last - inner.first >= Whole::kLeast) {
        Whole::Sum(d, StripAt(inner, channels), steps_);
        x = inner.last;
      } else {
        const Strip edge = StripAt({x, x + 1}, channels);
        edge.taps.columns == 2 && w_.dilation_width == 1
            ? SumStrip<FixedWindows<1, 2, 1>>(d, edge, steps_)
            : SumStrip<AnyWindows<1>>(d, edge, steps_);
        ++x;
      }
    }
  }

  // Starts with a vector's first channel.
  Strip StripAt(TapRange pixels, ChannelRange channels) const {
    const auto first = static_cast<size_t>(channels.first);
    const size_t vector = first / static_cast<size_t>(Lanes(s_.in_channels));
    Strip strip{TapsAt(pixels.first),
                packed_ + vector * vector_floats_,
                output_ + static_cast<size_t>(pixels.first) * channels_ + first,
                pixels.last - pixels.first,
                channels.count,
                vector_floats_,
                range_};
    strip.taps.input += first;
    return strip;
  }

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
    Taps taps;
    taps.input = image_;
    if (rows_.last == rows_.first || columns.last == columns.first) return taps;
    taps.rows = static_cast<size_t>(rows_.last - rows_.first);
    taps.columns = static_cast<size_t>(columns.last - columns.first);
    const int64_t y = top_ + int64_t{1} * rows_.first * w_.dilation_height;
    const int64_t first_x = left + int64_t{1} * columns.first * w_.dilation_width;
    taps.input += static_cast<size_t>(y * s_.in_width + first_x) * channels_;
    taps.weight = static_cast<size_t>(rows_.first) * static_cast<size_t>(w_.width) +
                  static_cast<size_t>(columns.first);
    return taps;
  }

  const Conv2dShape& s_;
  const Window2d& w_;
  FloatRange range_;
  size_t channels_;
  size_t vector_floats_;
  Steps steps_;
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
  const auto run_pair = ChoosePair<D>(p.shape);
  for (int first = block.channels.first; first < end; first += kChunk) {
    const ChannelRange channels{first, std::min(kChunk, end - first)};
    for (int64_t y = block.rows.first; y < block.rows.last; ++y) {
      const bool has_next = y + 1 < block.rows.last && (y + 1) % p.shape.out_height != 0;
      if (run_pair == nullptr || !has_next) {
        Row(p, call, y).Run(d, channels);
        continue;
      }
      run_pair(d, p, call, y++, {channels.first, channels.count, PackedAt(p, call, first)});
    }
  }
}

void RunBlock(const ConvProblem& p, const ConvCall& call, const Block& block) {
  const int lanes = Lanes(p.shape.in_channels);
  if (lanes == 1) return RunBlock(hn::CappedTag<float, 1>(), p, call, block);
  if constexpr (kLanes > 4) {
    if (lanes == 4) return RunBlock(hn::CappedTag<float, 4>(), p, call, block);
  }
  if constexpr (kLanes > 8) {
    if (lanes == 8) return RunBlock(hn::CappedTag<float, 8>(), p, call, block);
  }
  RunBlock(kFloat, p, call, block);
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
