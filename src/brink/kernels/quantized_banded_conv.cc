#include "brink/kernels/quantized_banded_conv.h"

#include <algorithm>
#include <type_traits>

#include "brink/kernels/byte_pairs.h"

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_banded_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/int_panels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// More windows than any real model has would only make the table of offsets large.
inline constexpr int kMostRuns = 64;

// Undilated rows of a window are one run each, else, and where a group has some of a pixel's
// channels only, every cell is one.
bool RowsAreRuns(const Conv2dShape& s) {
  return s.groups == 1 && (s.window.dilation_width == 1 || s.window.width == 1);
}

WindowRuns RunsOf(const Conv2dShape& s) {
  const auto height = static_cast<size_t>(s.window.height);
  const auto width = static_cast<size_t>(s.window.width);
  const auto depth = static_cast<size_t>(s.in_channels / s.groups);
  return RowsAreRuns(s) ? WindowRuns(height, width * depth) : WindowRuns(height * width, depth);
}

// Whether the weights have a zero point that the windows' sums are multiplied with.
bool NeedsSums(const QuantizedConvProblem& p) { return kBytes && PackedWeightZero(p) != 0; }

bool Applies(const QuantizedConvProblem& p) {
  const Conv2dShape& s = p.shape;
  const Window2d& w = s.window;
  const int64_t runs = int64_t{1} * w.height * (RowsAreRuns(s) ? 1 : w.width);
  if (runs > kMostRuns) return false;
  // The sums are those of all channels.
  if (s.groups > 1) return s.in_channels > s.groups && !NeedsSums(p);
  return int64_t{1} * w.height * w.width > 1;
}

// How a problem is cut: a band is some output rows of one image, and the input rows under them.
struct Bands {
  int64_t padded_width;  // pixels
  size_t row_inputs;
  int rows;  // output rows a band
  int64_t input_rows;
  int per_image;
  int panels;  // of all groups
  int panel_parts;

  Bands(const QuantizedConvProblem& p, int threads) {
    const Conv2dShape& s = p.shape;
    const Window2d& w = s.window;
    padded_width =
        int64_t{s.out_width - 1} * w.stride_width + int64_t{w.width - 1} * w.dilation_width + 1;
    row_inputs = static_cast<size_t>(padded_width) * static_cast<size_t>(s.in_channels);
    const int64_t window_rows = int64_t{w.height - 1} * w.dilation_height + 1;
    const int64_t fit = kChunkBytes / static_cast<int64_t>(row_inputs * sizeof(PackedInput));
    // To requantise an output takes as long as some dozens of multiplications.
    const int parts = TaskCount((s.multiplies() + 64 * s.out_elements()) / 4, threads);
    panels = Panels(s, RunsOf(s)).per_group * s.groups;
    const bool by_panels = panels >= threads && WeightsOutweigh(s);
    const int64_t share = CeilDiv(int64_t{s.batch} * s.out_height, int64_t{by_panels ? 1 : parts});
    rows = static_cast<int>(std::clamp<int64_t>(
        std::min(share, (fit - window_rows) / w.stride_height + 1), 1, s.out_height));
    input_rows = int64_t{rows - 1} * w.stride_height + window_rows;
    per_image = CeilDiv(s.out_height, rows);
    // Each part copies the band anew: one a thread.
    panel_parts = by_panels ? std::min(parts, threads)
                            : static_cast<int>(std::clamp<int64_t>(
                                  parts / (int64_t{s.batch} * per_image), 1, panels));
  }
  size_t PaddedPixels() const {
    return static_cast<size_t>(input_rows) * static_cast<size_t>(padded_width);
  }
  // Runs read up to a narrow step, copies write up to kCopyLanes behind the last input.
  size_t InputBytes() const {
    const size_t inputs = static_cast<size_t>(input_rows) * row_inputs;
    return AlignUp((inputs + kCopyLanes + kNarrowInputs) * sizeof(PackedInput));
  }
  size_t PixelSumBytes() const { return AlignUp(PaddedPixels() * sizeof(int32_t)); }
  size_t ColumnSumBytes() const {
    return AlignUp(static_cast<size_t>(padded_width) * sizeof(int32_t));
  }
};

// The sums of one band's windows: first of every pixel's channels, then over windows.
struct SumSpace {
  int32_t* of_pixels = nullptr;   // [input_rows, padded_width], null where none are needed
  int32_t* of_columns = nullptr;  // [padded_width], over a window's height
  int32_t* of_windows = nullptr;  // [rows, out_width] and kIntTileRows behind
};

// A thread's scratch. Bands of one thread are the largest, so it does for any number.
size_t BandBytes(const QuantizedConvProblem& p) {
  const Bands bands(p, 1);
  if (!NeedsSums(p)) return bands.InputBytes();
  const size_t windows =
      static_cast<size_t>(bands.rows) * static_cast<size_t>(p.shape.out_width) + kIntTileRows;
  return bands.InputBytes() + bands.PixelSumBytes() + bands.ColumnSumBytes() +
         AlignUp(windows * sizeof(int32_t));
}

// One band of one image, in one thread's scratch.
template <class T>
class Band {
 public:
  Band(const QuantizedConvProblem& p, const Bands& bands, const QuantizedConvCall& call,
       std::byte* scratch)
      : p_(p),
        s_(p.shape),
        bands_(bands),
        input_(static_cast<const T*>(call.input)),
        copier_(p, input_ + s_.in_elements()),
        padded_(reinterpret_cast<PackedInput*>(scratch)),
        depth_(static_cast<size_t>(s_.in_channels)) {
    if (!NeedsSums(p)) return;
    scratch += bands.InputBytes();
    sums_.of_pixels = reinterpret_cast<int32_t*>(scratch);
    scratch += bands.PixelSumBytes();
    sums_.of_columns = reinterpret_cast<int32_t*>(scratch);
    scratch += bands.ColumnSumBytes();
    sums_.of_windows = reinterpret_cast<int32_t*>(scratch);
  }

  // Copies the input rows under output rows [first, first + rows) of image `batch`.
  void Fill(int batch, int first, int rows) {
    const Window2d& w = s_.window;
    const int64_t top = int64_t{first} * w.stride_height - w.pad_top;
    const int64_t count =
        int64_t{rows - 1} * w.stride_height + int64_t{w.height - 1} * w.dilation_height + 1;
    for (int64_t y = 0; y < count; ++y) FillRow(batch, top + y, PaddedRow(y));
    if (sums_.of_pixels != nullptr) FillSums(rows, count);
  }

  const PackedInput* Window(int y, int x) const {
    return PaddedRow(int64_t{y} * s_.window.stride_height) +
           static_cast<size_t>(x) * static_cast<size_t>(s_.window.stride_width) * depth_;
  }
  // From a window to that below.
  size_t RowStep() const {
    return static_cast<size_t>(s_.window.stride_height) * bands_.row_inputs;
  }
  const int32_t* window_sums() const { return sums_.of_windows; }

 private:
  PackedInput* PaddedRow(int64_t y) const {
    return padded_ + static_cast<size_t>(y) * bands_.row_inputs;
  }

  void FillRow(int batch, int64_t y, PackedInput* to) const {
    const auto zero = static_cast<PackedInput>(PackedInputZero(p_));
    const int64_t left = s_.window.pad_left;
    const int64_t inside = std::clamp<int64_t>(bands_.padded_width - left, 0, s_.in_width);
    if (y < 0 || y >= s_.in_height || inside == 0) {
      std::fill_n(to, bands_.row_inputs, zero);
      return;
    }
    const size_t before = static_cast<size_t>(left) * depth_;
    const size_t copied = static_cast<size_t>(inside) * depth_;
    std::fill_n(to, before, zero);
    const int64_t pixel = (int64_t{batch} * s_.in_height + y) * s_.in_width;
    copier_.Copy(input_ + static_cast<size_t>(pixel) * depth_, copied, to + before);
    std::fill(to + before + copied, to + bands_.row_inputs, zero);
  }

  void FillSums(int rows, int64_t input_rows) const {
    const auto width = static_cast<size_t>(bands_.padded_width);
    const size_t pixels = static_cast<size_t>(input_rows) * width;
    if (depth_ == 3) {  // a coloured picture's, whose loop over channels takes longer than they do
      const PackedInput* from = padded_;
      for (size_t i = 0; i < pixels; ++i, from += 3)
        sums_.of_pixels[i] = from[0] + from[1] + from[2];
    } else {
      SumChannels(pixels);
    }
    const Window2d& w = s_.window;
    int32_t* to = sums_.of_windows;
    for (int y = 0; y < rows; ++y, to += s_.out_width) {
      const int32_t* row =
          sums_.of_pixels + static_cast<size_t>(y) * static_cast<size_t>(w.stride_height) * width;
      std::copy_n(row, width, sums_.of_columns);
      for (int ky = 1; ky < w.height; ++ky) {
        row += static_cast<size_t>(w.dilation_height) * width;
        for (size_t x = 0; x < width; ++x) sums_.of_columns[x] += row[x];
      }
      SumColumns(to);
    }
  }

  void SumChannels(size_t pixels) const {
    const PackedInput* from = padded_;
    for (size_t i = 0; i < pixels; ++i, from += depth_) {
      int32_t sum = 0;
      for (size_t c = 0; c < depth_; ++c) sum += from[c];
      sums_.of_pixels[i] = sum;
    }
  }

  // The sums of one row of windows.
  void SumColumns(int32_t* to) const {
    switch (s_.window.stride_width) {  // what the compiler knows it makes vectors of
      case 1:
        return SumColumnsBy(std::integral_constant<size_t, 1>(), to);
      case 2:
        return SumColumnsBy(std::integral_constant<size_t, 2>(), to);
      default:
        return SumColumnsBy(static_cast<size_t>(s_.window.stride_width), to);
    }
  }

  template <class Stride>
  void SumColumnsBy(Stride stride, int32_t* HWY_RESTRICT to) const {
    const Window2d& w = s_.window;
    const auto width = static_cast<size_t>(s_.out_width);
    for (int kx = 0; kx < w.width; ++kx) {
      const int32_t* column = sums_.of_columns + static_cast<ptrdiff_t>(kx) * w.dilation_width;
      if (kx == 0) {
        for (size_t x = 0; x < width; ++x) to[x] = column[x * stride];
      } else {
        for (size_t x = 0; x < width; ++x) to[x] += column[x * stride];
      }
    }
  }

  const QuantizedConvProblem& p_;
  const Conv2dShape& s_;
  const Bands& bands_;
  const T* input_;
  InputCopier<T> copier_;
  PackedInput* padded_;
  size_t depth_;
  SumSpace sums_;
};

// Multiplies the windows of a filled band with one panel, whose group starts at `channel` of each
// pixel. A panel that is not narrow may be a whole one.
template <class T>
void MultiplyBand(const Band<T>& band, const Conv2dShape& s, int rows, size_t channel,
                  [[maybe_unused]] bool is_narrow, const TileFunctions& tiles, IntTile tile) {
  constexpr int32_t kNoSums[kIntTileRows] = {};
  const size_t step =
      static_cast<size_t>(s.window.stride_width) * static_cast<size_t>(s.in_channels);
  WindowWalk walk({band.Window(0, 0) + channel, step, s.out_width, band.RowStep()});
  tile.row_sums = kNoSums;
  int pixel = 0;
  const int pixels = rows * s.out_width;
  const int32_t* sums = band.window_sums();
#if HWY_ARCH_ARM_A64
  if (!is_narrow) {
    if (sums != nullptr) tile.row_sums = sums;
    const auto next = [&walk](auto& to) HWY_ATTR { walk.Next(kIntTileRows, to); };
    pixel = static_cast<int>(MultiplyWholeTiles<false>(tile, next, static_cast<size_t>(pixels)));
    tile.output += static_cast<size_t>(pixel) * tile.output_stride;
  }
#endif
  const PackedInput* windows[kIntTileRows];
  tile.rows = windows;
  for (; pixel < pixels; pixel += kIntTileRows) {
    tile.row_count = std::min(kIntTileRows, pixels - pixel);
    walk.Next(tile.row_count, windows);
    if (sums != nullptr) tile.row_sums = sums + pixel;
    tiles[static_cast<size_t>(tile.row_count)](tile);
    tile.output += static_cast<size_t>(kIntTileRows) * tile.output_stride;
  }
}

template <class T>
void RunTask(const QuantizedConvProblem& p, const QuantizedConvCall& call, int task, int thread) {
  const Conv2dShape& s = p.shape;
  const Bands bands(p, call.parallel.threads);
  const Panels panels(s, RunsOf(s));
  Band<T> band(p, bands, call, call.scratch + BandBytes(p) * static_cast<size_t>(thread));
  const int part = task % bands.panel_parts;
  const int batch = task / bands.panel_parts / bands.per_image;
  const int first = task / bands.panel_parts % bands.per_image * bands.rows;
  const int rows = std::min(bands.rows, s.out_height - first);
  band.Fill(batch, first, rows);
  size_t offsets[kMostRuns];
  for (size_t i = 0; i < panels.runs.count; ++i) {
    const size_t across = RowsAreRuns(s) ? 1 : static_cast<size_t>(s.window.width);
    offsets[i] = i / across * static_cast<size_t>(s.window.dilation_height) * bands.row_inputs +
                 i % across * static_cast<size_t>(s.window.dilation_width) *
                     static_cast<size_t>(s.in_channels);
  }
  IntTile tile;
  tile.offsets = offsets;
  tile.runs = panels.runs.count;
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
  const int64_t pixel = (int64_t{batch} * s.out_height + first) * s.out_width;
  for (int unit = PartBegin(bands.panels, bands.panel_parts, part);
       unit < PartBegin(bands.panels, bands.panel_parts, part + 1); ++unit) {
    const int group = unit / panels.per_group;
    const int panel = unit % panels.per_group;
    tile.panel = call.packed + panels.Offset(group, panel);
    tile.columns = panels.Columns(panel);
    const auto first_channel =
        static_cast<size_t>(group) * static_cast<size_t>(panels.group_channels) +
        static_cast<size_t>(panel) * kIntPanelWidth;
    tile.output = static_cast<uint8_t*>(call.output) +
                  static_cast<size_t>(pixel) * tile.output_stride + first_channel * element;
    const auto channel = static_cast<size_t>(group) * panels.runs.length;
    MultiplyBand(band, s, rows, s.groups == 1 ? 0 : channel, panels.Narrow(panel) != 0,
                 panels.Tiles(panel), tile);
  }
}

void Run(const QuantizedConvProblem& p, const QuantizedConvCall& call) {
  const Bands bands(p, call.parallel.threads);
  const auto run = p.type == Type::kInt8 ? &RunTask<int8_t> : &RunTask<uint8_t>;
  call.parallel.For(p.shape.batch * bands.per_image * bands.panel_parts,
                    [&](int task, int thread) { run(p, call, task, thread); });
}

double Cost(const QuantizedConvProblem& p, int threads) {
  const Conv2dShape& s = p.shape;
  const Bands bands(p, threads);
  const Panels panels(s, RunsOf(s));
  const double columns = static_cast<double>(s.groups) * panels.FilledColumns();
  const double macs =
      static_cast<double>(s.out_pixels()) * columns * static_cast<double>(panels.runs.Inputs());
  const double copied = static_cast<double>(s.batch) * bands.per_image * bands.panel_parts *
                        static_cast<double>(bands.input_rows) *
                        (static_cast<double>(bands.row_inputs) + kCallInputs);
  // A picture of one row is one band.
  const int shared = std::min(threads, s.batch * bands.per_image * bands.panel_parts);
  return (macs / kMacsPerMicrosecond / kStepSpeed + copied / kCopiesPerMicrosecond) /
         std::max(1, shared);
}

}  // namespace

QuantizedConvKernel QuantizedBandedEntry() {
  return {
      .name = "banded",
      .applies = Applies,
      .cost = Cost,
      .packed_bytes = [](const QuantizedConvProblem& p) { return PanelBytes(p, RunsOf(p.shape)); },
      .pack = [](const QuantizedConvProblem& p, const QuantizedConvWeights& weights,
                 std::byte* packed) { PackPanels(p, RunsOf(p.shape), weights, packed); },
      .scratch_bytes =
          [](const QuantizedConvProblem& p, int threads) {
            return BandBytes(p) * static_cast<size_t>(std::max(1, threads));
          },
      .run = Run,
  };
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE && !defined(BRINK_BYTE_VARIANT)
namespace brink::kernels {

BRINK_EXPORT_BYTES(QuantizedBandedEntry);

QuantizedConvKernel QuantizedBandedConvEntry() {
  return BRINK_DISPATCH_BYTES(QuantizedBandedEntry)();
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
