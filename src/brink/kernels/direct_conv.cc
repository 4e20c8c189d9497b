#include "brink/kernels/direct_conv.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/direct_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/micro_kernel-inl.h"
#include "brink/kernels/tile_pointers-inl.h"
#include "brink/kernels/transpose_plane.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// How a problem is cut into panels. A group's weights are its panels one after another, each
// [1 + depth][width]: the biases, then a row of weights for each input of the window.
struct Panels {
  int width;           // of all panels of a group but the last
  int per_group;       // panels of a group
  int group_channels;  // output channels of a group
  size_t inputs;       // inputs of a window

  explicit Panels(const Conv2dShape& s)
      : width(Width(s.out_channels / s.groups)),
        per_group(CeilDiv(s.out_channels / s.groups, width)),
        group_channels(s.out_channels / s.groups),
        inputs(WindowInputs(s)) {}
  int First(int panel) const { return panel * width; }
  int Columns(int panel) const { return std::min(width, group_channels - First(panel)); }
  int Vectors(int panel) const { return CeilDiv(Columns(panel), kLanes); }
  // Rows of a tile, which every panel of a group passes over.
  int Rows() const { return TileRows(Vectors(0)); }
  size_t Offset(int group, int panel) const {
    const size_t row = static_cast<size_t>(CeilDiv(group_channels, kLanes)) * kLanes;
    return (static_cast<size_t>(group) * row + static_cast<size_t>(First(panel))) * (1 + inputs);
  }
  // What tile number `tile` of a panel should fetch of the next one, which lies behind it: the
  // tiles share that, a line each for every input; null where it is done.
  const float* Next(const float* weights, int panel, size_t tile) const {
    const size_t floats = static_cast<size_t>(Vectors(panel)) * kLanes;
    if (tile >= std::max<size_t>(1, floats / kLineFloats)) return nullptr;
    return weights + (1 + inputs) * floats + inputs * tile * kLineFloats;
  }

 private:
  // Where the last panel would have a single vector, whose sums in a tile of few rows wait for one
  // another, and registers suffice, panels are of three: they leave room for more rows.
  static int Width(int channels) {
    if constexpr (kThreesPay) {
      const int vectors = CeilDiv(channels, kLanes);
      if (vectors > kPanelVectors && vectors % kPanelVectors == 1) return 3 * kLanes;
    }
    return kPanelWidth;
  }
};

// Padded rows read from here: zeros as long as the longest segment.
size_t ZeroFloats(const Conv2dShape& s) {
  return static_cast<size_t>(s.window.width) * static_cast<size_t>(s.in_channels / s.groups);
}

size_t PackedFloats(const Conv2dShape& s) { return Panels(s).Offset(s.groups, 0); }

size_t PackedBytes(const ConvProblem& p) {
  return AlignUp((PackedFloats(p.shape) + ZeroFloats(p.shape)) * sizeof(float));
}

void PackPanel(const ConvProblem& p, const ConvWeights& weights, ChannelRange channels, float* to) {
  const size_t width = static_cast<size_t>(CeilDiv(channels.count, kLanes)) * kLanes;
  const size_t inputs = WindowInputs(p.shape);
  const FilterIndex index(p);
  const auto first = static_cast<size_t>(channels.first);
  const auto count = static_cast<size_t>(channels.count);
  std::memset(to, 0, (count < width ? 1 + inputs : 1) * width * sizeof(float));
  if (weights.bias != nullptr) std::copy_n(weights.bias + first, count, to);
  to += width;
  if (p.layout != FilterLayout::kOhwi) {
    for (size_t i = 0; i < inputs; ++i, to += width) {
      std::copy_n(weights.filter + index(first, i), count, to);
    }
    return;
  }
  const int64_t least = TransposedTile(sizeof(float));
  if (channels.count >= least && static_cast<int64_t>(inputs) >= least) {
    const TransposedPlane plane{.rows = static_cast<int64_t>(inputs),
                                .columns = channels.count,
                                .from_stride = static_cast<int64_t>(inputs * sizeof(float)),
                                .to_stride = static_cast<int64_t>(width * sizeof(float))};
    return ChooseTranspose()(plane,
                             reinterpret_cast<const std::byte*>(weights.filter + index(first, 0)),
                             reinterpret_cast<std::byte*>(to));
  }
  // A few inputs at a time: their rows stay in the first cache while the channels pass by.
  constexpr size_t kInputs = 16;
  for (size_t begin = 0; begin < inputs; begin += kInputs) {
    const size_t end = std::min(inputs, begin + kInputs);
    for (size_t c = 0; c < count; ++c) {
      const float* from = weights.filter + index(first + c, 0);
      for (size_t i = begin; i < end; ++i) to[i * width + c] = from[i];
    }
  }
}

void Pack(const ConvProblem& p, const ConvWeights& weights, std::byte* packed) {
  const Panels panels(p.shape);
  auto* to = reinterpret_cast<float*>(packed);
  for (int group = 0; group < p.shape.groups; ++group) {
    for (int panel = 0; panel < panels.per_group; ++panel) {
      const int first = group * panels.group_channels + panels.First(panel);
      PackPanel(p, weights, {first, panels.Columns(panel)}, to + panels.Offset(group, panel));
    }
  }
  std::memset(to + PackedFloats(p.shape), 0, ZeroFloats(p.shape) * sizeof(float));
}

size_t PointerBytes(const Conv2dShape& s) {
  const auto cells = static_cast<size_t>(s.window.height) * static_cast<size_t>(s.window.width);
  // Of smaller tiles the last cell's pointers are filled up within the room of the largest.
  constexpr size_t kBehind = kFilledTileRows - kMostTileRows;
  return AlignUp((cells * kMostTileRows + kBehind) * sizeof(const float*));
}

// The same convolution of the picture and the zeros around it that windows reach.
Conv2dShape Surrounded(const Conv2dShape& s) {
  Conv2dShape padded = s;
  padded.window.pad_top = padded.window.pad_left = 0;
  padded.in_height = (s.out_height - 1) * s.window.stride_height + s.window.height;
  padded.in_width = (s.out_width - 1) * s.window.stride_width + s.window.width;
  return padded;
}

// Whether to copy the picture with these zeros pays: it is small, and the rows of windows, of few
// inputs each, would be cut at its edges into single cells.
bool CopiesPicture(const Conv2dShape& s) {
  constexpr int64_t kMostBytes = 16 * 1024;
  constexpr int64_t kMostRun = 16;
  const Window2d& w = s.window;
  if (s.groups != 1 || s.batch != 1 || w.dilation_height != 1 || w.dilation_width != 1)
    return false;
  if (w.width == 1 || int64_t{w.width} * s.in_channels > kMostRun) return false;
  const Conv2dShape padded = Surrounded(s);
  const bool is_cut = w.pad_top > 0 || w.pad_left > 0 || padded.in_height > s.in_height ||
                      padded.in_width > s.in_width;
  return is_cut && padded.in_elements() * int64_t{sizeof(float)} <= kMostBytes;
}

size_t PictureBytes(const Conv2dShape& s) {
  if (!CopiesPicture(s)) return 0;
  return AlignUp(static_cast<size_t>(Surrounded(s).in_elements()) * sizeof(float));
}

// Copies the picture into the zeros of Surrounded.
void CopyPicture(const Conv2dShape& s, const float* input, float* to) {
  const Conv2dShape padded = Surrounded(s);
  const auto channels = static_cast<size_t>(s.in_channels);
  const auto step = static_cast<size_t>(padded.in_width) * channels;
  const auto left = static_cast<size_t>(s.window.pad_left) * channels;
  const auto row = static_cast<size_t>(s.in_width) * channels;
  std::fill_n(to, static_cast<size_t>(padded.in_height) * step, 0.0F);
  to += static_cast<size_t>(s.window.pad_top) * step;
  const int rows = std::min(s.in_height, padded.in_height - s.window.pad_top);
  for (int y = 0; y < rows; ++y, input += row, to += step)
    std::copy_n(input, std::min(row, step - std::min(step, left)), to + left);
}

// A thread's scratch: pointers, then any picture.
size_t ThreadBytes(const Conv2dShape& s) { return PointerBytes(s) + PictureBytes(s); }

size_t ScratchBytes(const ConvProblem& p, int threads) {
  return ThreadBytes(p.shape) * static_cast<size_t>(std::max(threads, 1));
}

// Multiplications, or what reading the weights takes as long as where few pixels use them: four
// times as long at least.
int64_t Work(const Conv2dShape& s) {
  const int64_t weights = s.out_channels * static_cast<int64_t>(WindowInputs(s));
  return std::max(s.multiplies(), 4 * weights);
}

// The threads share the tiles or the panels (over all groups): each then reads all weights, or all
// inputs.
struct Split : TaskGrid {
  int64_t tiles;
  int panels;

  Split(const Conv2dShape& s, int threads)
      : tiles(CeilDiv(s.out_pixels(), int64_t{Panels(s).Rows()})),
        panels(Panels(s).per_group * s.groups) {
    by_panels = PanelsPay(s, threads);
    // A chunk's input stays in the second cache while the panels pass over it.
    const int64_t tile_bytes = int64_t{4} * Panels(s).Rows() * s.in_channels *
                               s.window.stride_height * s.window.stride_width;
    const int64_t cached = kChunkBytes / std::max<int64_t>(tile_bytes, 1);
    const int parts = TaskCount(Work(s), threads);
    chunks = ChunkCount(tiles, cached, by_panels ? 1 : parts, threads);
    panel_parts = std::clamp(by_panels ? parts : parts / chunks, 1, panels);
  }

  int64_t FirstTile(int chunk) const { return tiles * chunk / chunks; }

 private:
  // Whether it takes less time to share the panels: what one thread multiplies then, and what it
  // reads that another has written or reads too.
  bool PanelsPay(const Conv2dShape& s, int threads) const {
    if (threads <= 1 || panels < threads) return false;
    constexpr double kBytesPerMultiply = 0.3;  // from the third cache, while a core multiplies once
    const auto weights = static_cast<double>(s.out_channels) * static_cast<double>(WindowInputs(s));
    const double inputs = static_cast<double>(s.in_elements()) * (threads - 1) / threads;
    const double reads = sizeof(float) / kBytesPerMultiply;
    const double macs = static_cast<double>(s.multiplies());
    const double panel_share = static_cast<double>(CeilDiv(panels, threads)) / panels;
    const double tile_share =
        static_cast<double>(CeilDiv(tiles, int64_t{threads})) / static_cast<double>(tiles);
    return panel_share * (macs + weights * reads) + inputs * reads <
           tile_share * macs + weights * reads;
  }
};

void RunTask(const ConvProblem& p, const ConvCall& call, const Split& split, int task, int thread) {
  const Panels panels(p.shape);
  std::byte* scratch = call.scratch + ThreadBytes(p.shape) * static_cast<size_t>(thread);
  auto** table = reinterpret_cast<const float**>(scratch);
  const auto* packed = reinterpret_cast<const float*>(call.packed);
  Conv2dShape shape = p.shape;
  const float* input = call.input;
  if (CopiesPicture(shape)) {
    auto* picture = reinterpret_cast<float*>(scratch + PointerBytes(shape));
    CopyPicture(shape, input, picture);
    input = picture;
    shape = Surrounded(shape);
  }
  TilePointers pointers(shape, panels.Rows(), input, packed + PackedFloats(p.shape), table);
  const int64_t rows = panels.Rows();
  const int chunk = split.ChunkOf(task);
  const auto first = static_cast<size_t>(split.FirstTile(chunk) * rows);
  const auto last =
      static_cast<size_t>(std::min(split.FirstTile(chunk + 1) * rows, p.shape.out_pixels()));
  const auto step = static_cast<size_t>(rows);
  const int part = split.PartOf(task);
  Tile tile;
  tile.low = p.range.low;
  tile.high = p.range.high;
  tile.output_stride = static_cast<size_t>(p.shape.out_channels);
  const int end = PartBegin(split.panels, split.panel_parts, part + 1);
  for (int unit = PartBegin(split.panels, split.panel_parts, part); unit < end; ++unit) {
    const int group = unit / panels.per_group;
    const int panel = unit % panels.per_group;
    const int vectors = panels.Vectors(panel);
    tile.panel = packed + panels.Offset(group, panel);
    tile.columns = panels.Columns(panel);
    const int channel = group * panels.group_channels + panels.First(panel);
    tile.output = call.output + first * tile.output_stride + channel;
    size_t t = 0;
    for (size_t pixel = first; pixel < last; pixel += step, ++t) {
      pointers.Fill(pixel, group, tile);
      tile.row_count = static_cast<int>(std::min(step, last - pixel));
      tile.next = unit + 1 < end ? panels.Next(tile.panel, panel, t) : nullptr;
      ChooseTile(tile, vectors)(tile);
      tile.output += step * tile.output_stride;
    }
  }
}

void Run(const ConvProblem& p, const ConvCall& call) {
  const Split split(p.shape, call.parallel.threads);
  call.parallel.For(split.tasks(),
                    [&](int task, int thread) { RunTask(p, call, split, task, thread); });
}

// For cost estimates.
constexpr double kPointersPerMicrosecond = 1200;

double Cost(const ConvProblem& p, int threads) {
  const Conv2dShape& s = p.shape;
  const Panels panels(s);
  const int64_t tile_rows = panels.Rows();
  const double rows = static_cast<double>(CeilDiv(s.out_pixels(), tile_rows) * tile_rows);
  const double columns =
      static_cast<double>(s.groups) * CeilDiv(panels.group_channels, kLanes) * kLanes;
  const double macs = rows * columns * static_cast<double>(panels.inputs);
  // A pointer for each cell of a window, or each of its rows where none of them is cut.
  const double pointers = rows * s.groups * s.window.height * s.window.width;
  // A panel of one vector loads as often as it multiplies.
  const double rate = kMacsPerMicrosecond * (panels.group_channels <= kLanes ? 0.5 : 0.9);
  return (macs / rate + pointers / kPointersPerMicrosecond) / std::max(1, threads);
}

}  // namespace

ConvKernel DirectEntry() {
  return {
      .name = "direct",
      .applies = [](const ConvProblem& p) { return !p.max_pool; },
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

HWY_EXPORT(DirectEntry);

ConvKernel DirectConvEntry() { return BRINK_DISPATCH(DirectEntry)(); }

}  // namespace brink::kernels
#endif  // HWY_ONCE
