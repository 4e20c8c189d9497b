#include "brink/kernels/short_conv.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/short_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/int_kernel-inl.h"
#include "brink/kernels/reference/short_conv.h"
#include "brink/kernels/short_finish-inl.h"

#ifndef BRINK_KERNELS_SHORT_CONV_ENTRY_
#define BRINK_KERNELS_SHORT_CONV_ENTRY_
namespace brink::kernels {

// The variant of one CPU target.
struct ShortConvEntry {
  size_t (*packed_bytes)(const ShortConvProblem&);
  void (*pack)(const ShortConvProblem&, const ShortConvWeights&, std::byte*);
  size_t (*scratch_bytes)(const ShortConvProblem&, int threads);
  void (*run)(const ShortConvProblem&, const ShortConvCall&);
};

namespace {

// Packed weights start with the biases and multipliers of all channels.
struct ShortHeader {
  const int64_t* bias;
  const Multiplier* multipliers;

  ShortHeader(const Conv2dShape& s, const std::byte* packed)
      : bias(reinterpret_cast<const int64_t*>(packed)),
        multipliers(reinterpret_cast<const Multiplier*>(bias + s.out_channels)) {}
  static size_t Bytes(const Conv2dShape& s) {
    return AlignUp(static_cast<size_t>(s.out_channels) * (sizeof(int64_t) + sizeof(Multiplier)));
  }
};

void PackShortHeader(const Conv2dShape& s, const ShortConvWeights& weights, std::byte* packed) {
  auto* bias = reinterpret_cast<int64_t*>(packed);
  auto* multipliers = reinterpret_cast<Multiplier*>(bias + s.out_channels);
  for (size_t c = 0; c < static_cast<size_t>(s.out_channels); ++c) {
    bias[c] = weights.bias.empty() ? 0 : weights.bias[c];
    multipliers[c] = weights.multipliers[weights.multipliers.size() > 1 ? c : 0];
  }
}

}  // namespace
}  // namespace brink::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

inline constexpr int kShortRows = 4;
inline constexpr int kShortVectors = 2;
inline constexpr int kShortWidth = kShortVectors * kIntLanes;
// 32-bit lanes hold the products of this many steps, up to 2^23 each; then they are spilled.
inline constexpr size_t kSpillSteps = 255;

struct ShortPanels {
  int per_group;
  int group_channels;
  size_t steps;

  explicit ShortPanels(const Conv2dShape& s)
      : group_channels(s.out_channels / s.groups),
        steps(CeilDiv(WindowInputs(s), static_cast<size_t>(kStepInputs))) {
    per_group = CeilDiv(group_channels, kShortWidth);
  }
  size_t Bytes() const { return steps * kStepInputs * kShortWidth * sizeof(int16_t); }
};

size_t PackedBytes(const ShortConvProblem& p) {
  const ShortPanels panels(p.shape);
  return ShortHeader::Bytes(p.shape) +
         AlignUp(panels.Bytes() * static_cast<size_t>(panels.per_group * p.shape.groups));
}

void Pack(const ShortConvProblem& p, const ShortConvWeights& weights, std::byte* packed) {
  const Conv2dShape& s = p.shape;
  const ShortPanels panels(s);
  const FilterIndex index(p.layout, s);
  const auto* filter = static_cast<const int8_t*>(weights.filter);
  PackShortHeader(s, weights, packed);
  auto* panel = reinterpret_cast<int16_t*>(packed + ShortHeader::Bytes(s));
  std::memset(panel, 0, PackedBytes(p) - ShortHeader::Bytes(s));
  for (int unit = 0; unit < panels.per_group * s.groups; ++unit) {
    const int first = unit % panels.per_group * kShortWidth;
    const int channel = unit / panels.per_group * panels.group_channels + first;
    const int columns = std::min(kShortWidth, panels.group_channels - first);
    for (size_t c = 0; c < static_cast<size_t>(columns); ++c) {
      for (size_t i = 0; i < WindowInputs(s); ++i) {
        panel[(i / kStepInputs * kShortWidth + c) * kStepInputs + i % kStepInputs] =
            static_cast<int16_t>(filter[index(static_cast<size_t>(channel) + c, i)]);
      }
    }
    panel += panels.Bytes() / sizeof(int16_t);
  }
}

// A thread's scratch: the packed windows of kShortRows pixels.
size_t RowInputs(const Conv2dShape& s) { return ShortPanels(s).steps * kStepInputs; }
size_t ThreadBytes(const Conv2dShape& s) {
  return AlignUp(RowInputs(s) * kShortRows * sizeof(int16_t));
}
size_t ScratchBytes(const ShortConvProblem& p, int threads) {
  return ThreadBytes(p.shape) * static_cast<size_t>(std::max(1, threads));
}

void PackWindow(const Conv2dShape& s, const int16_t* input, const OutputPixel& pixel, int group,
                int16_t* to) {
  const Window2d& w = s.window;
  const auto depth = static_cast<size_t>(s.in_channels / s.groups);
  int16_t* const end = to + RowInputs(s);
  for (int ky = 0; ky < w.height; ++ky) {
    for (int kx = 0; kx < w.width; ++kx, to += depth) {
      const int64_t y = pixel.y + int64_t{ky} * w.dilation_height;
      const int64_t x = pixel.x + int64_t{kx} * w.dilation_width;
      if (y < 0 || y >= s.in_height || x < 0 || x >= s.in_width) {
        std::memset(to, 0, depth * sizeof(int16_t));
        continue;
      }
      const int64_t cell = (pixel.batch * s.in_height + y) * s.in_width + x;
      std::memcpy(to,
                  input + static_cast<size_t>(cell) * static_cast<size_t>(s.in_channels) +
                      static_cast<size_t>(group) * depth,
                  depth * sizeof(int16_t));
    }
  }
  std::fill(to, end, int16_t{0});
}

// sums[row][column] of kShortRows packed rows times a panel.
HWY_NOINLINE void MultiplyShortTile(const int16_t* inputs, size_t steps, const int16_t* weights,
                                    int64_t* sums) {
  std::fill_n(sums, kShortRows * kShortWidth, int64_t{0});
  const int16_t* rows[kShortRows];
  for (size_t r = 0; r < kShortRows; ++r) rows[r] = inputs + r * steps * kStepInputs;
  HWY_ALIGN int32_t lanes[static_cast<size_t>(kIntLanes)];
  for (size_t step = 0; step < steps;) {
    IntSums<kShortRows, kShortVectors> block;
    for (auto& row : block.at) {
      for (auto& sum : row) sum = hn::Zero(kInt);
    }
    for (const size_t end = std::min(steps, step + kSpillSteps); step < end; ++step) {
      SumStep(rows, step * kStepInputs, weights, block);
      weights += kShortWidth * kStepInputs;
    }
    for (int r = 0; r < kShortRows; ++r) {
      for (int v = 0; v < kShortVectors; ++v) {
        hn::Store(block.at[r][v], kInt, lanes);
        int64_t* to = sums + r * kShortWidth + v * kIntLanes;
        for (int i = 0; i < kIntLanes; ++i) to[i] += lanes[i];
      }
    }
  }
}

void RunTask(const ShortConvProblem& p, const ShortConvCall& call, int64_t first, int64_t last,
             int16_t* rows) {
  const Conv2dShape& s = p.shape;
  const ShortPanels panels(s);
  const ShortHeader header(s, call.packed);
  const auto* weights = reinterpret_cast<const int16_t*>(call.packed + ShortHeader::Bytes(s));
  int64_t sums[kShortRows * kShortWidth];
  for (int64_t pixel = first; pixel < last; pixel += kShortRows) {
    const auto count = static_cast<size_t>(std::min<int64_t>(kShortRows, last - pixel));
    for (int group = 0; group < s.groups; ++group) {
      PixelWalk walk(s, pixel);
      for (size_t r = 0; r < kShortRows; ++r) {
        PackWindow(s, call.input, walk.Next(), group, rows + r * RowInputs(s));
      }
      for (int panel = 0; panel < panels.per_group; ++panel) {
        const size_t unit = static_cast<size_t>(group) * static_cast<size_t>(panels.per_group) +
                            static_cast<size_t>(panel);
        MultiplyShortTile(rows, panels.steps, weights + unit * panels.Bytes() / sizeof(int16_t),
                          sums);
        const int begin = group * panels.group_channels + panel * kShortWidth;
        const int columns = std::min(kShortWidth, panels.group_channels - panel * kShortWidth);
        const ShortChannels channels{header.bias + begin, header.multipliers + begin, columns};
        FinishShortSums<int64_t>(p, channels, {sums, kShortWidth, count},
                                 call.output + pixel * s.out_channels + begin);
      }
    }
  }
}

void Run(const ShortConvProblem& p, const ShortConvCall& call) {
  const Conv2dShape& s = p.shape;
  const int64_t tiles = CeilDiv(s.out_pixels(), int64_t{kShortRows});
  const auto tasks =
      static_cast<int>(std::min<int64_t>(tiles, TaskCount(s.multiplies(), call.parallel.threads)));
  call.parallel.For(tasks, [&](int task, int thread) {
    auto* rows =
        reinterpret_cast<int16_t*>(call.scratch + ThreadBytes(s) * static_cast<size_t>(thread));
    RunTask(p, call, tiles * task / tasks * kShortRows,
            std::min(s.out_pixels(), tiles * (task + 1) / tasks * kShortRows), rows);
  });
}

}  // namespace

ShortConvEntry ShortPanelsEntry() { return {PackedBytes, Pack, ScratchBytes, Run}; }

// sums[c] += input[c] * weights[c]
void AddProducts(const int16_t* input, const int16_t* weights, int32_t* sums, size_t count) {
  const hn::Rebind<int16_t, IntTag> narrow;
  const auto lanes = static_cast<size_t>(kIntLanes);
  size_t c = 0;
  for (; c + lanes <= count; c += lanes) {
    const auto product = hn::Mul(hn::PromoteTo(kInt, hn::LoadU(narrow, input + c)),
                                 hn::PromoteTo(kInt, hn::LoadU(narrow, weights + c)));
    hn::StoreU(hn::Add(hn::LoadU(kInt, sums + c), product), kInt, sums + c);
  }
  for (; c < count; ++c) sums[c] += input[c] * weights[c];
}

// A pixel's outputs.
void FinishDepthwise(const ShortConvProblem& p, const ShortHeader& header, const int32_t* sums,
                     int16_t* output) {
  FinishShortSums<int32_t>(p, {header.bias, header.multipliers, p.shape.out_channels}, {sums, 0, 1},
                           output);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(ShortPanelsEntry);
HWY_EXPORT(AddProducts);
HWY_EXPORT(FinishDepthwise);

// Depthwise weights are packed as 16-bit rows of channels, one a cell; sums fit 32 bits.
bool IsDepthwise(const ShortConvProblem& p) {
  const Conv2dShape& s = p.shape;
  return p.layout == FilterLayout::kHwo && s.groups == s.in_channels &&
         int64_t{1} * s.window.height * s.window.width < 512;
}

size_t Channels(const Conv2dShape& s) { return static_cast<size_t>(s.out_channels); }
size_t Cells(const Conv2dShape& s) {
  return static_cast<size_t>(s.window.height) * static_cast<size_t>(s.window.width);
}

size_t DepthwiseThreadBytes(const Conv2dShape& s) {
  return AlignUp(Channels(s) * (sizeof(int32_t) + sizeof(int16_t)));
}

void PackDepthwise(const ShortConvProblem& p, const ShortConvWeights& weights, std::byte* packed) {
  PackShortHeader(p.shape, weights, packed);
  auto* rows = reinterpret_cast<int16_t*>(packed + ShortHeader::Bytes(p.shape));
  const auto* filter = static_cast<const int8_t*>(weights.filter);
  std::copy_n(filter, Cells(p.shape) * Channels(p.shape), rows);
}

// The input's channels, each as often as it has outputs.
const int16_t* Repeat(const Conv2dShape& s, const int16_t* input, int16_t* repeated) {
  const int times = s.out_channels / s.in_channels;
  if (times == 1) return input;
  for (int c = 0; c < s.in_channels; ++c) std::fill_n(repeated + c * times, times, input[c]);
  return repeated;
}

void DepthwisePixel(const ShortConvProblem& p, const ShortConvCall& call, const OutputPixel& pixel,
                    std::byte* scratch) {
  const Conv2dShape& s = p.shape;
  const Window2d& w = s.window;
  const auto add = BRINK_DISPATCH(AddProducts);
  auto* sums = reinterpret_cast<int32_t*>(scratch);
  auto* repeated = reinterpret_cast<int16_t*>(sums + s.out_channels);
  const auto* rows = reinterpret_cast<const int16_t*>(call.packed + ShortHeader::Bytes(s));
  std::fill_n(sums, Channels(s), 0);
  for (int ky = 0; ky < w.height; ++ky) {
    for (int kx = 0; kx < w.width; ++kx, rows += s.out_channels) {
      const int64_t y = pixel.y + int64_t{ky} * w.dilation_height;
      const int64_t x = pixel.x + int64_t{kx} * w.dilation_width;
      if (y < 0 || y >= s.in_height || x < 0 || x >= s.in_width) continue;
      const int64_t cell = (pixel.batch * s.in_height + y) * s.in_width + x;
      add(Repeat(s, call.input + cell * s.in_channels, repeated), rows, sums, Channels(s));
    }
  }
}

void RunDepthwise(const ShortConvProblem& p, const ShortConvCall& call) {
  const Conv2dShape& s = p.shape;
  const ShortHeader header(s, call.packed);
  const int64_t pixels = s.out_pixels();
  const auto tasks = static_cast<int>(
      std::min<int64_t>(pixels, TaskCount(s.multiplies() * 4, call.parallel.threads)));
  call.parallel.For(tasks, [&](int task, int thread) {
    std::byte* scratch = call.scratch + DepthwiseThreadBytes(s) * static_cast<size_t>(thread);
    const auto* sums = reinterpret_cast<const int32_t*>(scratch);
    const int64_t first = pixels * task / tasks;
    const auto finish = BRINK_DISPATCH(FinishDepthwise);
    PixelWalk walk(s, first);
    for (int64_t pixel = first; pixel < pixels * (task + 1) / tasks; ++pixel) {
      DepthwisePixel(p, call, walk.Next(), scratch);
      finish(p, header, sums, call.output + pixel * s.out_channels);
    }
  });
}

// Weights of 16 bits, whose products would leave 32: packed as they are.
void RunWide(const ShortConvProblem& p, const ShortConvCall& call) {
  const ShortHeader header(p.shape, call.packed);
  const size_t channels = Channels(p.shape);
  reference::ShortConv(p,
                       {.filter = call.packed + ShortHeader::Bytes(p.shape),
                        .bias = {header.bias, channels},
                        .multipliers = {header.multipliers, channels}},
                       call.input, call.output);
}

bool IsWide(const ShortConvProblem& p) { return p.filter_type == Type::kInt16; }

}  // namespace

size_t ShortConvPackedBytes(const ShortConvProblem& p) {
  const size_t rows = WindowInputs(p.shape) * Channels(p.shape) * sizeof(int16_t);
  if (IsWide(p) || IsDepthwise(p)) return ShortHeader::Bytes(p.shape) + AlignUp(rows);
  return BRINK_DISPATCH(ShortPanelsEntry)().packed_bytes(p);
}

void PackShortConv(const ShortConvProblem& p, const ShortConvWeights& weights, std::byte* packed) {
  if (IsWide(p)) {
    PackShortHeader(p.shape, weights, packed);
    std::memcpy(packed + ShortHeader::Bytes(p.shape), weights.filter,
                WindowInputs(p.shape) * Channels(p.shape) * sizeof(int16_t));
  } else if (IsDepthwise(p)) {
    PackDepthwise(p, weights, packed);
  } else {
    BRINK_DISPATCH(ShortPanelsEntry)().pack(p, weights, packed);
  }
}

size_t ShortConvScratchBytes(const ShortConvProblem& p, int threads) {
  if (IsWide(p)) return 0;
  if (IsDepthwise(p)) {
    return DepthwiseThreadBytes(p.shape) * static_cast<size_t>(std::max(1, threads));
  }
  return BRINK_DISPATCH(ShortPanelsEntry)().scratch_bytes(p, threads);
}

void ShortConv(const ShortConvProblem& p, const ShortConvCall& call) {
  if (IsWide(p)) return RunWide(p, call);
  IsDepthwise(p) ? RunDepthwise(p, call) : BRINK_DISPATCH(ShortPanelsEntry)().run(p, call);
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
