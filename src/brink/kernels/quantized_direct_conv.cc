#include "brink/kernels/quantized_direct_conv.h"

#include <algorithm>
#include <cstring>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_direct_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/int_packing-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// Inputs that are copied at a time.
#if HWY_TARGET == HWY_SCALAR
inline constexpr size_t kCopyLanes = 1;
#else
inline constexpr size_t kCopyLanes = 16 / sizeof(PackedInput);
#endif

struct Panels {
  int per_group;
  int group_channels;
  size_t steps;

  explicit Panels(const Conv2dShape& s)
      : group_channels(s.out_channels / s.groups),
        steps(CeilDiv(WindowInputs(s), static_cast<size_t>(kStepInputs))) {
    per_group = CeilDiv(group_channels, kIntPanelWidth);
  }
  int Columns(int panel) const {
    return std::min(kIntPanelWidth, group_channels - panel * kIntPanelWidth);
  }
  int Vectors(int panel) const {
    return CeilDiv(Columns(panel), kIntLanes * kVectorsTogether) * kVectorsTogether;
  }
  size_t Bytes(int vectors) const {
    const size_t width = static_cast<size_t>(vectors) * kIntLanes;
    return width *
           (kPanelHeaderRows * sizeof(int32_t) + steps * kStepInputs * sizeof(PackedWeight));
  }
  size_t Offset(int group, int panel) const {
    const size_t whole = static_cast<size_t>(per_group - 1) * Bytes(kIntPanelVectors);
    return static_cast<size_t>(group) * (whole + Bytes(Vectors(per_group - 1))) +
           static_cast<size_t>(panel) * Bytes(kIntPanelVectors);
  }
};

size_t PackedBytes(const QuantizedConvProblem& p) {
  return AlignUp(Panels(p.shape).Offset(p.shape.groups, 0));
}

void PackPanel(const QuantizedConvProblem& p, const QuantizedConvWeights& weights,
               ChannelRange channels, std::byte* to) {
  const Panels panels(p.shape);
  const auto width = static_cast<size_t>(CeilDiv(channels.count, kIntLanes * kVectorsTogether) *
                                         kIntLanes * kVectorsTogether);
  const size_t inputs = WindowInputs(p.shape);
  std::memset(to, 0, panels.Bytes(static_cast<int>(width) / kIntLanes));
  const PanelHeader header{reinterpret_cast<int32_t*>(to), width};
  auto* body = reinterpret_cast<PackedWeight*>(header.rows + kPanelHeaderRows * width);
  const FilterIndex index(p.layout, p.shape);
  for (size_t c = 0; c < static_cast<size_t>(channels.count); ++c) {
    const size_t channel = static_cast<size_t>(channels.first) + c;
    uint32_t sum = 0;  // of the real weights; wraps as the reference does
    for (size_t i = 0; i < inputs; ++i) {
      const int32_t weight = StoredWeight(p, weights.filter, index(channel, i));
      sum += static_cast<uint32_t>(weight - p.filter_zero_point);
      body[(i / kStepInputs * width + c) * kStepInputs + i % kStepInputs] =
          static_cast<PackedWeight>(weight + WeightShift(p));
    }
    header.Set(p, weights, channel, c, sum);
  }
}

void Pack(const QuantizedConvProblem& p, const QuantizedConvWeights& weights, std::byte* packed) {
  const Panels panels(p.shape);
  for (int group = 0; group < p.shape.groups; ++group) {
    for (int panel = 0; panel < panels.per_group; ++panel) {
      const int first = group * panels.group_channels + panel * kIntPanelWidth;
      PackPanel(p, weights, {first, panels.Columns(panel)}, packed + panels.Offset(group, panel));
    }
  }
}

// Copies windows of one group into rows of packed inputs. Writes up to kCopyLanes inputs
// behind a row.
template <class T>
class WindowPacker {
 public:
  WindowPacker(const QuantizedConvProblem& p, const void* input)
      : s_(p.shape),
        input_(static_cast<const T*>(input)),
        input_end_(input_ + s_.in_elements()),
        shift_(InputShift(p)),
        zero_(static_cast<PackedInput>(PackedInputZero(p))),
        depth_(static_cast<size_t>(s_.in_channels / s_.groups)),
        row_inputs_(Panels(s_).steps * kStepInputs),
        joins_(s_.groups == 1 && (s_.window.dilation_width == 1 || s_.window.width == 1)) {}

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
        Copy(base + static_cast<size_t>(cell) * static_cast<size_t>(s_.in_channels),
             static_cast<size_t>(together) * depth_, to);
        to += static_cast<size_t>(together) * depth_;
        kx += static_cast<int>(together);
      }
    }
    std::fill(to, row + row_inputs_, PackedInput{0});
  }

  // What the sums of weights' zero points are taken from.
  int32_t Sum(const PackedInput* row) const {
    int32_t sum = 0;
    for (size_t i = 0; i < row_inputs_; ++i) sum += row[i];
    return sum;
  }

 private:
  HWY_INLINE void Copy(const T* from, size_t count, PackedInput* to) const {
    constexpr hn::FixedTag<T, kCopyLanes> kStored;
    constexpr hn::FixedTag<PackedInput, kCopyLanes> kPacked;
    const auto shift = hn::Set(kPacked, static_cast<PackedInput>(shift_));
    size_t i = 0;
    for (; i < count && from + i + kCopyLanes <= input_end_; i += kCopyLanes) {
      const auto stored = hn::LoadU(kStored, from + i);
      if constexpr (kBytes) {
        hn::StoreU(hn::Add(hn::BitCast(kPacked, stored), shift), kPacked, to + i);
      } else {
        hn::StoreU(hn::Add(hn::PromoteTo(kPacked, stored), shift), kPacked, to + i);
      }
    }
    for (; i < count; ++i) to[i] = static_cast<PackedInput>(from[i] + shift_);
  }

  const Conv2dShape& s_;
  const T* input_;
  const T* input_end_;
  int32_t shift_;
  PackedInput zero_;
  size_t depth_;
  size_t row_inputs_;
  bool joins_;
};

// A thread's scratch: packed rows of some tiles, then their sums.
struct Scratch {
  size_t row_inputs;
  int64_t tiles;  // that fit

  Scratch(const Conv2dShape& s)  // NOLINT(google-explicit-constructor)
      : row_inputs(Panels(s).steps * kStepInputs) {
    const auto tile_bytes = static_cast<int64_t>(kIntTileRows * row_inputs * sizeof(PackedInput));
    tiles = std::clamp<int64_t>(kChunkBytes / 2 / tile_bytes, 1, 16);
    tiles = std::min(tiles, CeilDiv(s.out_pixels(), int64_t{kIntTileRows}));
  }
  size_t Rows() const { return static_cast<size_t>(tiles) * kIntTileRows; }
  size_t InputBytes() const {
    return AlignUp((Rows() * row_inputs + kCopyLanes) * sizeof(PackedInput));
  }
  size_t Bytes() const { return InputBytes() + AlignUp(Rows() * sizeof(int32_t)); }
};

size_t ScratchBytes(const QuantizedConvProblem& p, int threads) {
  return Scratch(p.shape).Bytes() * static_cast<size_t>(std::max(1, threads));
}

// Tasks are chunks of tiles times parts of all panels.
struct Split {
  int64_t tiles;
  int64_t chunk_tiles;
  int chunks;
  int panels;
  int panel_parts;

  Split(const Conv2dShape& s, int threads)
      : tiles(CeilDiv(s.out_pixels(), int64_t{kIntTileRows})),
        panels(Panels(s).per_group * s.groups) {
    const int parts = TaskCount(s.multiplies() / 2, threads);
    chunk_tiles = std::clamp<int64_t>(CeilDiv(tiles, int64_t{parts}), 1, Scratch(s).tiles);
    chunks = static_cast<int>(CeilDiv(tiles, chunk_tiles));
    panel_parts = std::clamp(parts / chunks, 1, panels);
  }
};

template <class T>
void RunTask(const QuantizedConvProblem& p, const QuantizedConvCall& call, int task, int thread) {
  const Conv2dShape& s = p.shape;
  const Split split(s, call.parallel.threads);
  const Panels panels(s);
  const Scratch scratch(s);
  auto* memory = call.scratch + scratch.Bytes() * static_cast<size_t>(thread);
  auto* inputs = reinterpret_cast<PackedInput*>(memory);
  auto* sums = reinterpret_cast<int32_t*>(memory + scratch.InputBytes());
  const WindowPacker<T> packer(p, call.input);
  const int64_t first = task / split.panel_parts * split.chunk_tiles * kIntTileRows;
  const int64_t last = std::min(s.out_pixels(), first + split.chunk_tiles * kIntTileRows);
  const int part = task % split.panel_parts;
  IntTile tile;
  tile.steps = panels.steps;
  tile.row_factor = kBytes ? -PackedWeightZero(p) : 0;
  tile.output_stride = static_cast<size_t>(s.out_channels);
  tile.zero_point = p.output_zero_point;
  tile.range = p.range;
  tile.is_signed = p.type == Type::kInt8;
  int packed_group = -1;
  for (int unit = PartBegin(split.panels, split.panel_parts, part);
       unit < PartBegin(split.panels, split.panel_parts, part + 1); ++unit) {
    const int group = unit / panels.per_group;
    const int panel = unit % panels.per_group;
    if (group != packed_group) {
      PixelWalk walk(s, first);
      for (size_t row = 0; row < static_cast<size_t>(last - first); ++row) {
        PackedInput* to = inputs + row * scratch.row_inputs;
        packer.Pack(walk.Next(), group, to);
        sums[row] = tile.row_factor == 0 ? 0 : packer.Sum(to);
      }
      packed_group = group;
    }
    tile.panel = call.packed + panels.Offset(group, panel);
    tile.columns = panels.Columns(panel);
    const int channel = group * panels.group_channels + panel * kIntPanelWidth;
    for (int64_t pixel = first; pixel < last; pixel += kIntTileRows) {
      const auto row = static_cast<size_t>(pixel - first);
      tile.inputs = inputs + row * scratch.row_inputs;
      tile.row_sums = sums + row;
      tile.row_count = static_cast<int>(std::min<int64_t>(kIntTileRows, last - pixel));
      tile.output = static_cast<uint8_t*>(call.output) +
                    static_cast<size_t>(pixel) * tile.output_stride + channel;
      ChooseIntTile(tile.row_count, panels.Vectors(panel))(tile);
    }
  }
}

void Run(const QuantizedConvProblem& p, const QuantizedConvCall& call) {
  const Split split(p.shape, call.parallel.threads);
  const auto run = p.type == Type::kInt8 ? &RunTask<int8_t> : &RunTask<uint8_t>;
  call.parallel.For(split.chunks * split.panel_parts,
                    [&](int task, int thread) { run(p, call, task, thread); });
}

double Cost(const QuantizedConvProblem& p, int threads) {
  const Conv2dShape& s = p.shape;
  const Panels panels(s);
  const double columns =
      static_cast<double>(s.groups) * CeilDiv(panels.group_channels, kIntLanes) * kIntLanes;
  const double macs = static_cast<double>(s.out_pixels()) * columns *
                      static_cast<double>(panels.steps) * kStepInputs;
  return macs / kMacsPerMicrosecond / kStepInputs / std::max(1, threads);
}

}  // namespace

QuantizedConvKernel QuantizedDirectEntry() {
  return {
      .name = "direct",
      .applies = [](const QuantizedConvProblem&) { return true; },
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

HWY_EXPORT(QuantizedDirectEntry);

QuantizedConvKernel QuantizedDirectConvEntry() { return BRINK_DISPATCH(QuantizedDirectEntry)(); }

}  // namespace brink::kernels
#endif  // HWY_ONCE
