#include "brink/kernels/planar_conv.h"

#include <algorithm>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/planar_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/micro_kernel-inl.h"
#include "brink/kernels/transpose_plane.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

inline constexpr int kMostOutputs = 8;
inline constexpr int kLeastPixels = 4;  // of a row
// Of a thread: the rows of a window, which stay in the second cache of most CPUs.
inline constexpr int64_t kMostScratchBytes = 512 * 1024;

// A row of the input is cut into planes, [column modulo stride][channel], of the columns with that
// rest: what a tap reads for neighbouring output pixels then lies together. In front of a plane and
// behind it are zeros as far as windows reach.
struct Layout {
  int outputs;     // output channels, made a power of two
  int64_t planes;  // of a row
  int64_t margin;  // floats in front of a plane's first column
  int64_t width;   // output pixels, made whole vectors
  int64_t plane;   // floats of a plane

  explicit Layout(const Conv2dShape& s)
      : planes(int64_t{1} * s.window.stride_width * s.in_channels) {
    const Window2d& w = s.window;
    outputs = s.out_channels;
    while ((outputs & (outputs - 1)) != 0) ++outputs;
    margin = CeilDiv(int64_t{w.pad_left}, int64_t{w.stride_width});
    width = CeilDiv(int64_t{s.out_width}, int64_t{kLanes}) * kLanes;
    const int64_t reach = std::max(0, w.width - 1 - w.pad_left) / w.stride_width;
    plane = margin + std::max(CeilDiv(int64_t{s.in_width}, int64_t{w.stride_width}), width + reach);
    plane = CeilDiv(plane, int64_t{kLanes}) * kLanes;
  }
  int64_t row() const { return planes * plane; }
  int64_t ScratchBytes(const Conv2dShape& s) const {
    const int64_t floats = s.window.height * row() + outputs * width;
    const int64_t offsets = int64_t{1} * s.window.width * s.in_channels;
    return static_cast<int64_t>(AlignUp(static_cast<size_t>(floats) * sizeof(float)) +
                                AlignUp(static_cast<size_t>(offsets) * sizeof(int64_t)));
  }
};

bool Applies(const ConvProblem& p) {
  const Conv2dShape& s = p.shape;
  const Window2d& w = s.window;
  if (kLanes < 4 || p.max_pool || s.groups != 1 || s.out_channels > kMostOutputs) return false;
  if (s.out_width < kLeastPixels) return false;
  if (w.dilation_height != 1 || w.dilation_width != 1) return false;
  constexpr int kMostExtent = 1 << 16;
  const bool small = std::max({s.in_width, s.out_width, s.in_channels, w.width, w.height,
                               w.pad_left, w.stride_width}) <= kMostExtent;
  return small && Layout(s).row() <= kMostScratchBytes &&
         Layout(s).ScratchBytes(s) <= kMostScratchBytes;
}

size_t PackedBytes(const ConvProblem& p) {
  const auto outputs = static_cast<size_t>(Layout(p.shape).outputs);
  return AlignUp((1 + WindowInputs(p.shape)) * outputs * sizeof(float));
}

// Biases, then [height][width][in_channels][outputs].
void Pack(const ConvProblem& p, const ConvWeights& weights, std::byte* packed) {
  std::memset(packed, 0, PackedBytes(p));
  const auto outputs = static_cast<size_t>(Layout(p.shape).outputs);
  auto* to = reinterpret_cast<float*>(packed);
  const FilterIndex index(p);
  for (size_t c = 0; c < static_cast<size_t>(p.shape.out_channels); ++c) {
    if (weights.bias != nullptr) to[c] = weights.bias[c];
    for (size_t i = 0; i < WindowInputs(p.shape); ++i)
      to[(1 + i) * outputs + c] = weights.filter[index(c, i)];
  }
}

size_t ScratchBytes(const ConvProblem& p, int threads) {
  return static_cast<size_t>(Layout(p.shape).ScratchBytes(p.shape)) *
         static_cast<size_t>(std::max(1, threads));
}

// One row of outputs, plane by plane.
struct RowSums {
  const float* rows;    // [window.height][row]: a ring of input rows
  int64_t row;          // floats
  int height;           // rows of the ring and of a window
  int first;            // where in the ring the window's first row is
  const int64_t* taps;  // where each tap of a window's row is in an input row
  int64_t taps_count;
  const float* packed;
  FloatRange range;
  float* output;  // [outputs][width]
  int64_t width;
};

template <int kOutputs, int kVectors>
HWY_INLINE void SumPixels(const RowSums& r, int64_t x) {
  FloatVector sums[kOutputs][kVectors];
  const float* HWY_RESTRICT weights = r.packed;
#pragma GCC unroll 8
  for (int o = 0; o < kOutputs; ++o) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sums[o][v] = hn::Set(kFloat, weights[o]);
  }
  weights += kOutputs;
  for (int y = 0; y < r.height; ++y) {
    const int at = r.first + y < r.height ? r.first + y : r.first + y - r.height;
    const float* row = r.rows + at * r.row + x;
    for (int64_t i = 0; i < r.taps_count; ++i, weights += kOutputs) {
      FloatVector in[kVectors];
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) in[v] = hn::LoadU(kFloat, row + r.taps[i] + v * kLanes);
#pragma GCC unroll 8
      for (int o = 0; o < kOutputs; ++o) {
        const FloatVector weight = hn::Set(kFloat, weights[o]);
#pragma GCC unroll 8
        for (int v = 0; v < kVectors; ++v) sums[o][v] = hn::MulAdd(in[v], weight, sums[o][v]);
      }
    }
  }
  const FloatVector low = hn::Set(kFloat, r.range.low);
  const FloatVector high = hn::Set(kFloat, r.range.high);
#pragma GCC unroll 8
  for (int o = 0; o < kOutputs; ++o) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v)
      hn::StoreU(ClampTo(low, high, sums[o][v]), kFloat, r.output + o * r.width + x + v * kLanes);
  }
}

template <int kOutputs>
void SumRow(const RowSums& r) {
  // Sums of several vectors hide each other's latency and share a weight's load.
  constexpr int kVectors = kOutputs == 8 ? kPanelVectors / 2 : std::min(4, kPanelVectors);
  int64_t x = 0;
  for (; x + kVectors * kLanes <= r.width; x += kVectors * kLanes)
    SumPixels<kOutputs, kVectors>(r, x);
  for (; x < r.width; x += kLanes) SumPixels<kOutputs, 1>(r, x);
}

void SumRowOf(int outputs, const RowSums& r) {
  switch (outputs) {
    case 1:
      return SumRow<1>(r);
    case 2:
      return SumRow<2>(r);
    case 4:
      return SumRow<4>(r);
    default:
      return SumRow<8>(r);
  }
}

// Element [row, column] of `to` becomes element [column, row] of `from`, by tiles where they fit.
void Turn(const TransposedPlane& plane, const float* from, float* to) {
  if (std::min(plane.rows, plane.columns) >= TransposedTile(sizeof(float))) {
    return ChooseTranspose()(plane, reinterpret_cast<const std::byte*>(from),
                             reinterpret_cast<std::byte*>(to));
  }
  const auto from_step = plane.from_stride / static_cast<int64_t>(sizeof(float));
  const auto to_step = plane.to_stride / static_cast<int64_t>(sizeof(float));
  for (int64_t row = 0; row < plane.rows; ++row) {
    for (int64_t column = 0; column < plane.columns; ++column)
      to[row * to_step + column] = from[column * from_step + row];
  }
}

// Rows of outputs in order, for one thread.
class Rows {
 public:
  Rows(const ConvProblem& p, const ConvCall& call, std::byte* scratch)
      : s_(p.shape), layout_(s_), call_(call), ring_(reinterpret_cast<float*>(scratch)) {
    const auto bytes = static_cast<size_t>(layout_.ScratchBytes(s_));
    std::memset(scratch, 0, bytes);
    const int64_t count = int64_t{1} * s_.window.width * s_.in_channels;
    auto* taps = reinterpret_cast<int64_t*>(scratch + bytes -
                                            AlignUp(static_cast<size_t>(count) * sizeof(int64_t)));
    for (int64_t i = 0; i < count; ++i) taps[i] = Tap(i / s_.in_channels, i % s_.in_channels);
    sums_ = {.rows = ring_,
             .row = layout_.row(),
             .height = s_.window.height,
             .first = 0,
             .taps = taps,
             .taps_count = count,
             .packed = reinterpret_cast<const float*>(call.packed),
             .range = p.range,
             .output = ring_ + s_.window.height * layout_.row(),
             .width = layout_.width};
  }

  // Row `index` of all images'.
  void Run(int64_t index) {
    const int64_t batch = index / s_.out_height;
    if (batch != batch_) filled_ = std::numeric_limits<int64_t>::min();
    batch_ = batch;
    const int64_t top = index % s_.out_height * s_.window.stride_height - s_.window.pad_top;
    for (int64_t y = std::max(top, filled_); y < top + s_.window.height; ++y) FillRow(y);
    filled_ = top + s_.window.height;
    sums_.first = static_cast<int>(Place(top));
    SumRowOf(layout_.outputs, sums_);
    constexpr auto kBytes = static_cast<int64_t>(sizeof(float));
    Turn({sizeof(float), s_.out_width, s_.out_channels, layout_.width * kBytes,
          s_.out_channels * kBytes},
         sums_.output, call_.output + index * s_.out_width * s_.out_channels);
  }

 private:
  int64_t Tap(int64_t column, int64_t channel) const {
    const int64_t stride = s_.window.stride_width;
    // In front of the margin no column is: the dividend is not negative.
    const int64_t from = column - s_.window.pad_left + layout_.margin * stride;
    return (from % stride * s_.in_channels + channel) * layout_.plane + from / stride;
  }
  int64_t Place(int64_t y) const {
    const int64_t rest = y % s_.window.height;
    return rest < 0 ? rest + s_.window.height : rest;
  }

  void FillRow(int64_t y) {
    float* to = ring_ + Place(y) * layout_.row();
    if (y < 0 || y >= s_.in_height) {
      std::memset(to, 0, static_cast<size_t>(layout_.row()) * sizeof(float));
      return;
    }
    constexpr auto kBytes = static_cast<int64_t>(sizeof(float));
    const float* from = call_.input + (batch_ * s_.in_height + y) * s_.in_width * s_.in_channels;
    const int64_t whole = s_.in_width / s_.window.stride_width;
    const int64_t rest = s_.in_width % s_.window.stride_width * s_.in_channels;
    to += layout_.margin;
    Turn({sizeof(float), layout_.planes, whole, layout_.planes * kBytes, layout_.plane * kBytes},
         from, to);
    for (int64_t i = 0; i < rest; ++i)
      to[i * layout_.plane + whole] = from[whole * layout_.planes + i];
  }

  const Conv2dShape& s_;
  Layout layout_;
  const ConvCall& call_;
  float* ring_;
  RowSums sums_;
  int64_t batch_ = -1;
  int64_t filled_ = 0;  // rows of the input below this are in the ring, as many as it holds
};

void Run(const ConvProblem& p, const ConvCall& call) {
  const Conv2dShape& s = p.shape;
  const int64_t rows = int64_t{1} * s.batch * s.out_height;
  const auto tasks = static_cast<int>(
      std::min<int64_t>(rows, TaskCount(2 * s.multiplies(), call.parallel.threads)));
  const size_t bytes = ScratchBytes(p, 1);
  call.parallel.For(tasks, [&](int task, int thread) {
    Rows of(p, call, call.scratch + bytes * static_cast<size_t>(thread));
    for (int64_t row = rows * task / tasks; row < rows * (task + 1) / tasks; ++row) of.Run(row);
  });
}

// For cost estimates: elements that are brought into another order.
constexpr double kTurnsPerMicrosecond = 2500;
constexpr double kBytesPerMicrosecond = 2e4;

double Cost(const ConvProblem& p, int threads) {
  const Conv2dShape& s = p.shape;
  const Layout layout(s);
  const auto rows = static_cast<double>(s.batch) * s.out_height;
  const double macs = rows * static_cast<double>(layout.width * layout.outputs) *
                      static_cast<double>(WindowInputs(s));
  const auto turns = static_cast<double>(s.in_elements() + s.out_elements());
  const auto cleared = static_cast<double>(layout.ScratchBytes(s));
  return (macs / kMacsPerMicrosecond / 0.8 + turns / kTurnsPerMicrosecond + rows / 20) /
             std::max(1, threads) +
         cleared / kBytesPerMicrosecond;
}

}  // namespace

ConvKernel PlanarEntry() {
  return {
      .name = "planar",
      .applies = Applies,
      .cost = Cost,
      .packed_bytes = PackedBytes,
      .pack = Pack,
      .scratch_bytes = ScratchBytes,
      .run = Run,
  };
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(PlanarEntry);

ConvKernel PlanarConvEntry() { return BRINK_DISPATCH(PlanarEntry)(); }

}  // namespace brink::kernels
#endif  // HWY_ONCE
