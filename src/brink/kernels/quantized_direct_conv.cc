#include "brink/kernels/quantized_direct_conv.h"

#include <algorithm>
#include <cstring>

#include "brink/kernels/byte_pairs.h"

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_direct_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/int_column-inl.h"
#include "brink/kernels/int_panels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// Whether rows lie as close as in the input: where the windows are the input as it is. What lies
// between a row's last input and the end of its last step is the next row, times weights of zero.
bool HasCloseRows(const Conv2dShape& s) {
  const bool column = s.out_channels == 1;  // see ColumnWeights
  return s.groups == 1 && IsPointwise(s) && !column;
}

// How many inputs a row is from the next.
size_t RowStep(const Conv2dShape& s) {
  return HasCloseRows(s) ? static_cast<size_t>(s.in_channels) : WholeWindow(s).Inputs();
}

// Whether the input's rows are multiplied where they are. No step may read behind the last of them,
// narrow ones included.
bool ReadsInPlace([[maybe_unused]] const QuantizedConvProblem& p) {
#if HWY_ARCH_ARM_A64
  const Conv2dShape& s = p.shape;
  return kBytes && InputShift(p) == 0 && s.in_channels % kNarrowInputs == 0 && HasCloseRows(s);
#else
  return false;
#endif
}

// Copies windows of one group into rows of packed inputs. Writes up to kCopyLanes inputs
// behind a row.
template <class T>
class WindowPacker {
 public:
  WindowPacker(const QuantizedConvProblem& p, const void* input)
      : s_(p.shape),
        input_(static_cast<const T*>(input)),
        copier_(p, input_ + s_.in_elements()),
        zero_(static_cast<PackedInput>(PackedInputZero(p))),
        depth_(static_cast<size_t>(s_.in_channels / s_.groups)),
        window_inputs_(WindowInputs(s_)),
        row_step_(RowStep(s_)),
        joins_(s_.groups == 1 && (s_.window.dilation_width == 1 || s_.window.width == 1)),
        pointwise_(s_.groups == 1 && IsPointwise(s_) && depth_ == row_step_),
        single_(s_.window.height == 1 && s_.window.width == 1 && s_.window.pad_top == 0 &&
                s_.window.pad_left == 0) {}

  // The windows of pixels [first, last) into rows.
  void PackRows(int64_t first, int64_t last, int group, PackedInput* rows) const {
    const auto count = static_cast<size_t>(last - first);
    if (pointwise_) {  // the input is such rows
      copier_.Copy(input_ + static_cast<size_t>(first) * depth_, count * depth_, rows);
      return;
    }
    PixelWalk walk(s_, first);
    if (!single_) {
      for (size_t row = 0; row < count; ++row) Pack(walk.Next(), group, rows + row * row_step_);
      return;
    }
    const T* base = input_ + static_cast<size_t>(group) * depth_;
    for (size_t row = 0; row < count; ++row) {
      const OutputPixel pixel = walk.Next();
      const int64_t cell = (pixel.batch * s_.in_height + pixel.y) * s_.in_width + pixel.x;
      copier_.Copy(base + static_cast<size_t>(cell) * static_cast<size_t>(s_.in_channels), depth_,
                   rows + row * row_step_);
    }
  }

  // What the sums of weights' zero points are taken from.
  int32_t Sum(const PackedInput* row) const {
#if HWY_TARGET == HWY_AVX3_DL
    constexpr hn::ScalableTag<uint8_t> kRow;
    constexpr hn::Repartition<uint64_t, decltype(kRow)> kSums;
    constexpr size_t kWhole = hn::MaxLanes(kRow);
    auto sums = hn::Zero(kSums);
    size_t i = 0;
    for (; i + kWhole <= window_inputs_; i += kWhole)
      sums = hn::Add(sums, hn::SumsOf8(hn::LoadU(kRow, row + i)));
    const auto rest = hn::MaskedLoad(hn::FirstN(kRow, window_inputs_ - i), kRow, row + i);
    sums = hn::Add(sums, hn::SumsOf8(rest));
    return static_cast<int32_t>(hn::GetLane(hn::SumOfLanes(kSums, sums)));
#elif HWY_ARCH_ARM_A64
    int32x4_t sums = vdupq_n_s32(0);
    size_t i = 0;
    for (; i + 16 <= window_inputs_; i += 16)
      sums = vpadalq_s16(sums, vpaddlq_s8(vld1q_s8(row + i)));
    if (i + 8 <= window_inputs_) {
      sums = vaddw_s16(sums, vpaddl_s8(vld1_s8(row + i)));
      i += 8;
    }
    int32_t sum = vaddvq_s32(sums);
    for (; i < window_inputs_; ++i) sum += row[i];
    return sum;
#else
    int32_t sum = 0;
    for (size_t i = 0; i < window_inputs_; ++i) sum += row[i];
    return sum;
#endif
  }

 private:
  void Pack(const OutputPixel& pixel, int group, PackedInput* row) const {
    const Window2d& w = s_.window;
    const T* base = input_ + static_cast<size_t>(group) * depth_;
    PackedInput* to = row;
    for (int ky = 0; ky < w.height; ++ky) {
      const int64_t y = pixel.y + int64_t{1} * ky * w.dilation_height;
      const bool row_inside = y >= 0 && y < s_.in_height;
      for (int kx = 0; kx < w.width;) {
        const int64_t x = pixel.x + int64_t{1} * kx * w.dilation_width;
        if (!row_inside || x < 0 || x >= s_.in_width) {
          std::fill_n(to, depth_, zero_);
          to += depth_;
          ++kx;
          continue;
        }
        // Neighbouring cells of an ungrouped input lie next to each other.
        const int64_t together = joins_ ? std::min<int64_t>(w.width - kx, s_.in_width - x) : 1;
        const int64_t cell = (pixel.batch * s_.in_height + y) * s_.in_width + x;
        copier_.Copy(base + static_cast<size_t>(cell) * static_cast<size_t>(s_.in_channels),
                     static_cast<size_t>(together) * depth_, to);
        to += static_cast<size_t>(together) * depth_;
        kx += static_cast<int>(together);
      }
    }
    std::fill(to, row + row_step_, PackedInput{0});
  }

  const Conv2dShape& s_;
  const T* input_;
  InputCopier<T> copier_;
  PackedInput zero_;
  size_t depth_;
  size_t window_inputs_;
  size_t row_step_;
  bool joins_;
  bool pointwise_;  // a pixel's window is that pixel
  bool single_;     // a window is one pixel, never one outside
};

// A thread's scratch: packed rows of some tiles, then their sums.
struct Scratch {
  size_t row_inputs;
  size_t row_step;
  int64_t tiles;  // that fit
  bool column;    // see HasColumn

  Scratch(const Conv2dShape& s)  // NOLINT(google-explicit-constructor)
      : row_inputs(WholeWindow(s).Inputs()),
        row_step(RowStep(s)),
        column(s.out_channels == 1 && HasColumn(s.out_pixels(), row_inputs)) {
    const auto tile_bytes = static_cast<int64_t>(kIntTileRows * row_inputs * sizeof(PackedInput));
    // Of short rows more, for which to begin a chunk takes long, but not beyond the first cache.
    constexpr int64_t kShortRows = 24 * 1024;
    tiles = std::clamp<int64_t>(kChunkBytes / 2 / tile_bytes, 1, 16);
    tiles = std::max(tiles, kShortRows / tile_bytes);
    tiles = std::min(tiles, CeilDiv(s.out_pixels(), int64_t{kIntTileRows}));
  }
  size_t Rows() const { return static_cast<size_t>(tiles) * kIntTileRows; }
  size_t InputBytes() const {
    const size_t behind =
        column ? kColumnRows * row_inputs + kPackAlignment : kCopyLanes + kNarrowInputs;
    return AlignUp((Rows() * row_inputs + behind) * sizeof(PackedInput));
  }
  size_t Bytes() const { return InputBytes() + AlignUp(Rows() * sizeof(int32_t)); }
};

size_t ScratchBytes(const QuantizedConvProblem& p, int threads) {
  return Scratch(p.shape).Bytes() * static_cast<size_t>(std::max(1, threads));
}

// Tasks are chunks of tiles times parts of all panels.
struct Split : TaskGrid {
  int64_t tiles;
  int panels;

  Split(const Conv2dShape& s, const Scratch& scratch, int panel_count, int threads)
      : tiles(CeilDiv(s.out_pixels(), int64_t{kIntTileRows})), panels(panel_count) {
    if (threads <= 1 && tiles <= scratch.tiles) return;  // without divisions
    by_panels = panels >= threads && WeightsOutweigh(s);
    const int parts = TaskCount(s.multiplies() / 2, threads);
    chunks = ChunkCount(tiles, scratch.tiles, by_panels ? 1 : parts, threads);
    // Each part packs the inputs anew.
    panel_parts = by_panels ? std::min(parts, threads) : std::clamp(parts / chunks, 1, panels);
  }
  int64_t FirstTile(int chunk) const {
    return chunks == 1 ? tiles * chunk : tiles * chunk / chunks;
  }
};

// What all tasks of a call share.
struct Work {
  Panels panels;
  Scratch scratch;
  Split split;

  Work(const Conv2dShape& s, int threads)
      : panels(s, WholeWindow(s)),
        scratch(s),
        split(s, scratch, panels.per_group * s.groups, threads) {}
};

template <class T>
void RunTask(const QuantizedConvProblem& p, const QuantizedConvCall& call, const Work& work,
             int task, int thread) {
  const Conv2dShape& s = p.shape;
  const auto& [panels, scratch, split] = work;
  auto* memory = call.scratch + scratch.Bytes() * static_cast<size_t>(thread);
  const bool in_place = ReadsInPlace(p);
  const auto* inputs = reinterpret_cast<const PackedInput*>(memory);
  auto* sums = reinterpret_cast<int32_t*>(memory + scratch.InputBytes());
  const WindowPacker<T> packer(p, call.input);
  const int chunk = split.ChunkOf(task);
  const int64_t first = split.FirstTile(chunk) * kIntTileRows;
  const int64_t last = std::min(s.out_pixels(), split.FirstTile(chunk + 1) * kIntTileRows);
  const int part = split.PartOf(task);
  if (in_place) {
    inputs =
        static_cast<const PackedInput*>(call.input) + static_cast<size_t>(first) * scratch.row_step;
  }
  const PackedInput* rows[kIntTileRows];
  const size_t offset = 0;
  IntTile tile;
  tile.rows = rows;
  tile.offsets = &offset;
  tile.steps = panels.runs.steps;
  tile.half_step = panels.runs.EndsWithHalf();
  tile.row_factor = kBytes ? -PackedWeightZero(p) : 0;
  const size_t element = OutputBytes(p);
  tile.output_stride = static_cast<size_t>(s.out_channels) * element;
  tile.real = call.real;
  tile.input_zero = PackedInputZero(p);
  tile.zero_point = p.output_zero_point;
  tile.range = p.range;
  tile.is_signed = p.type == Type::kInt8;
  int packed_group = -1;
  for (int unit = PartBegin(split.panels, split.panel_parts, part);
       unit < PartBegin(split.panels, split.panel_parts, part + 1); ++unit) {
    const int group = unit / panels.per_group;
    const int panel = unit % panels.per_group;
    if (group != packed_group) {
      if (!in_place) packer.PackRows(first, last, group, reinterpret_cast<PackedInput*>(memory));
      // Where their factor is 0 nobody reads them.
      const auto count = static_cast<size_t>(tile.row_factor == 0 ? 0 : last - first);
      for (size_t row = 0; row < count; ++row)
        sums[row] = packer.Sum(inputs + row * scratch.row_step);
      packed_group = group;
    }
    tile.panel = call.packed + panels.Offset(group, panel);
    tile.columns = panels.Columns(panel);
    const int channel = group * panels.group_channels + panel * kIntPanelWidth;
    uint8_t* const output =
        static_cast<uint8_t*>(call.output) + static_cast<size_t>(channel) * element;
    const auto all = static_cast<size_t>(last - first);
    tile.row_sums = sums;
    tile.output = output + static_cast<size_t>(first) * tile.output_stride;
    if (scratch.column) {
      MultiplyColumn(tile, inputs, scratch.row_inputs, all);
      continue;
    }
    size_t done = MultiplyNarrowRows(panels.Narrow(panel), tile, inputs, scratch.row_step, all);
#if HWY_ARCH_ARM_A64
    const auto next = [from = inputs, step = scratch.row_step](auto& to) mutable HWY_ATTR {
#pragma GCC unroll 8
      for (size_t r = 0; r < kIntTileRows; ++r) to[r] = from + r * step;
      from += kIntTileRows * step;
    };
    if (panels.Narrow(panel) == 0) done = MultiplyWholeTiles<true>(tile, next, all);
#endif
    const auto left = static_cast<int>(all - done);
    const int some = left % kIntTileRows;  // rows of the last tile
    const auto whole = left < kIntTileRows ? nullptr : panels.TileOf(panel, kIntTileRows);
    const auto rest = some == 0 ? whole : panels.TileOf(panel, some);
    for (int64_t pixel = first + static_cast<int64_t>(done); pixel < last; pixel += kIntTileRows) {
      const auto row = static_cast<size_t>(pixel - first);
      rows[0] = inputs + row * scratch.row_step;
      tile.row_sums = sums + row;
      tile.row_count = static_cast<int>(std::min<int64_t>(kIntTileRows, last - pixel));
      // One after another: GCC multiplies by vectors, slowly. Those behind the last are the last.
      for (int r = 1; r < kIntTileRows; ++r)
        rows[r] = rows[r - 1] + (r < tile.row_count ? scratch.row_step : 0);
      tile.output = output + static_cast<size_t>(pixel) * tile.output_stride;
      (tile.row_count == kIntTileRows ? whole : rest)(tile);
    }
  }
}

void Run(const QuantizedConvProblem& p, const QuantizedConvCall& call) {
  const Work work(p.shape, call.parallel.threads);
  const auto run = p.type == Type::kInt8 ? &RunTask<int8_t> : &RunTask<uint8_t>;
  call.parallel.For(work.split.tasks(),
                    [&](int task, int thread) { run(p, call, work, task, thread); });
}

double Cost(const QuantizedConvProblem& p, int threads) {
  const Conv2dShape& s = p.shape;
  const Panels panels(s, WholeWindow(s));
  const double columns = static_cast<double>(s.groups) * panels.FilledColumns();
  const double macs =
      static_cast<double>(s.out_pixels()) * columns * static_cast<double>(panels.runs.Inputs());
  const double copied = static_cast<double>(s.out_pixels()) * s.groups *
                        static_cast<double>(panels.runs.Inputs() + kCallInputs);
  return (macs / kMacsPerMicrosecond / kStepSpeed + copied / kCopiesPerMicrosecond) /
         std::max(1, threads);
}

}  // namespace

QuantizedConvKernel QuantizedDirectEntry() {
  return {
      .name = "direct",
      .applies = [](const QuantizedConvProblem&) { return true; },
      .cost = Cost,
      .packed_bytes =
          [](const QuantizedConvProblem& p) { return PanelBytes(p, WholeWindow(p.shape)); },
      .pack = [](const QuantizedConvProblem& p, const QuantizedConvWeights& weights,
                 std::byte* packed) { PackPanels(p, WholeWindow(p.shape), weights, packed); },
      .scratch_bytes = ScratchBytes,
      .run = Run,
  };
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE && !defined(BRINK_BYTE_VARIANT)
namespace brink::kernels {

BRINK_EXPORT_BYTES(QuantizedDirectEntry);

QuantizedConvKernel QuantizedDirectConvEntry() {
  return BRINK_DISPATCH_BYTES(QuantizedDirectEntry)();
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
