#include "brink/kernels/winograd_conv.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/winograd_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/conv_rows.h"
#include "brink/kernels/cpu.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/vector_loop-inl.h"
#include "brink/kernels/winograd_cut-inl.h"
#include "brink/kernels/winograd_filter.h"
#include "brink/kernels/winograd_output-inl.h"
#include "brink/kernels/winograd_packing-inl.h"
#include "brink/kernels/winograd_product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

bool Applies(const ConvProblem& p) { return IsPlain3x3(p.shape) && p.shape.in_channels >= 4; }

// Packed: [position][panel][in_channels][width], biases of whole vectors, a pixel of zeros.
template <int kOut>
struct Packed {
  const float* weights;
  const float* bias;
  const float* zeros;

  Packed(const Cut<kOut>& cut, const std::byte* packed)
      : weights(reinterpret_cast<const float*>(packed)),
        bias(weights + Cut<kOut>::kPositions * cut.inputs * cut.outputs),
        zeros(bias + cut.outputs) {}
};

template <int kOut>
size_t PackedBytes(const ConvProblem& p) {
  const Cut<kOut> cut(p.shape, 1);
  return AlignUp(cut.WeightBytes() + (cut.outputs + cut.inputs + kStep) * sizeof(float));
}

template <int kOut>
void Pack(const ConvProblem& p, const ConvWeights& weights, std::byte* packed) {
  const Cut<kOut> cut(p.shape, 1);
  auto* to = reinterpret_cast<float*>(packed);
  const auto outputs = static_cast<int>(cut.outputs);
  for (int first = 0; first < outputs; first += kPanelWidth) {
    PackPanel<kOut>(p, weights.filter, cut.inputs * cut.outputs,
                    {first, std::min(kPanelWidth, outputs - first)},
                    to + static_cast<size_t>(first) * cut.inputs);
  }
  std::byte* bias = packed + cut.WeightBytes();
  std::memset(bias, 0, PackedBytes<kOut>(p) - cut.WeightBytes());
  if (weights.bias != nullptr) {
    std::memcpy(bias, weights.bias, static_cast<size_t>(p.shape.out_channels) * sizeof(float));
  }
}

// Fewer threads take larger groups, which together may be larger: the most that any number of
// threads up to `threads` needs.
template <int kOut>
size_t ScratchBytes(const ConvProblem& p, int threads) {
  size_t most = 0;
  for (int running = 1; running <= std::max(1, threads); ++running) {
    const Cut<kOut> cut(p.shape, running);
    const int users = cut.together ? 1 : running;
    most = std::max(most, cut.ScratchBytes() * static_cast<size_t>(users));
  }
  return most;
}

int PanelCount(size_t outputs) { return CeilDiv(static_cast<int>(outputs), kPanelWidth); }

// The work on a range of tiles: transformed inputs and products lie in `scratch`.
template <int kOut>
class Tiles {
 public:
  static constexpr int kSide = kOut + 2;
  static constexpr int kPositions = kSide * kSide;

  // `count` tiles at places from 0 on.
  Tiles(const ConvProblem& p, const ConvCall& call, const Cut<kOut>& cut, int count,
        std::byte* scratch)
      : s_(p.shape),
        range_(p.range),
        pool_(p.max_pool),
        call_(call),
        cut_(cut),
        packed_(cut, call.packed),
        blocks_(ChooseBlocks(kPanelVectors, count)),
        last_blocks_(ChooseBlocks(VectorsOf(PanelCount(cut.outputs) - 1), count)),
        transformed_(reinterpret_cast<float*>(scratch)),
        products_(reinterpret_cast<float*>(scratch + AlignUp(cut.InputFloats() * sizeof(float)))) {}

  // Transforms the input of tile `tile` into place `place` of the scratch.
  void TransformInputTile(int tile, int place) const {
    const TileCorner at = cut_.CornerOf(tile);
    const int64_t top = int64_t{at.y} - s_.window.pad_top;
    const int64_t left = int64_t{at.x} - s_.window.pad_left;
    const auto row_floats = static_cast<size_t>(s_.in_width) * cut_.inputs;
    const float* image = call_.input + static_cast<size_t>(at.batch) *
                                           static_cast<size_t>(s_.in_height) * row_floats;
    float* to = transformed_ + static_cast<size_t>(place) * cut_.TileStep(cut_.inputs);
    if (top >= 0 && left >= 0 && top + kSide <= s_.in_height && left + kSide <= s_.in_width) {
      const float* corner =
          image + static_cast<size_t>(top) * row_floats + static_cast<size_t>(left) * cut_.inputs;
      TransformChannels(
          [&](int row, int column) HWY_ATTR {
            return corner + static_cast<size_t>(row) * row_floats +
                   static_cast<size_t>(column) * cut_.inputs;
          },
          to);
      return;
    }
    const float* cells[kPositions];
    std::fill_n(cells, kPositions, packed_.zeros);
    const auto first_row = static_cast<int>(std::max<int64_t>(0, -top));
    const auto last_row = static_cast<int>(std::min<int64_t>(kSide, s_.in_height - top));
    const auto first_column = static_cast<int>(std::max<int64_t>(0, -left));
    const auto last_column = static_cast<int>(std::min<int64_t>(kSide, s_.in_width - left));
    for (int row = first_row; row < last_row; ++row) {
      const float* cell =
          image +
          static_cast<size_t>((top + row) * s_.in_width + left + first_column) * cut_.inputs;
      for (int column = first_column; column < last_column; ++column, cell += cut_.inputs)
        cells[row * kSide + column] = cell;
    }
    TransformChannels([&](int row, int column) HWY_ATTR { return cells[row * kSide + column]; },
                      to);
  }

  // The products of one position of all tiles, over some panels.
  void Multiply(int position, ChannelRange panels) const {
    const auto at = static_cast<size_t>(position);
    const float* weights = packed_.weights + at * cut_.inputs * cut_.outputs;
    float* products = products_ + at * cut_.PositionStep(cut_.outputs);
    PositionProduct product;
    product.transformed = transformed_ + at * cut_.PositionStep(cut_.inputs);
    product.transformed_step = cut_.TileStep(cut_.inputs);
    product.inputs = cut_.inputs;
    product.products_step = cut_.TileStep(cut_.outputs);
    for (int panel = panels.first; panel < panels.first + panels.count; ++panel) {
      const size_t channel = static_cast<size_t>(panel) * kPanelWidth;
      const int vectors = VectorsOf(panel);
      product.weights = weights + channel * cut_.inputs;
      product.next = product.weights + static_cast<size_t>(vectors) * kStep * cut_.inputs;
      product.products = products + channel;
      MultiplyPosition(product, vectors == kPanelVectors ? blocks_ : last_blocks_);
    }
  }

  // Transforms the products at `place` back into the output of tile `tile`.
  void TransformOutputTile(int tile, int place) const {
    const TileCorner at = cut_.CornerOf(tile);
    const OutputTile<kOut> output(s_, range_, at, call_.output);
    const float* from = products_ + static_cast<size_t>(place) * cut_.TileStep(cut_.outputs);
    const size_t step = cut_.PositionStep(cut_.outputs);
    const auto channels = static_cast<size_t>(s_.out_channels);
    for (size_t c = 0; c < channels; c += kStep) {
      const FloatVector bias = hn::Load(kFloat, packed_.bias + c);
      const auto load = [&](int column, FloatVector(&products)[kSide]) HWY_ATTR {
#pragma GCC unroll 8
        for (int row = 0; row < kSide; ++row) {
          products[row] =
              hn::Load(kFloat, from + static_cast<size_t>(row * kSide + column) * step + c);
        }
      };
      const auto produce = [&](auto take) BRINK_INLINE_ATTR { TransformOutput<kOut>(load, take); };
      const size_t count = std::min(kStep, channels - c);
      pool_ ? output.StorePooled(produce, bias, c, count) : output.Store(produce, bias, c, count);
    }
  }

 private:
  // Of a panel.
  int VectorsOf(int panel) const {
    const int vectors = static_cast<int>(cut_.outputs / kStep);
    return std::min(kPanelVectors, vectors - panel * kPanelVectors);
  }

  // cell(row, column) points to the channels of an input pixel.
  template <class Cell>
  HWY_INLINE void TransformChannels(Cell cell, float* to) const {
    const size_t step = cut_.PositionStep(cut_.inputs);
    for (size_t c = 0; c < cut_.inputs; c += kStep) {
      const size_t count = std::min(kStep, cut_.inputs - c);
      if (count == kStep) {
        TransformInput<kOut>(
            [&](int row, int column) HWY_ATTR { return hn::LoadU(kFloat, cell(row, column) + c); },
            [&](int position, FloatVector value) HWY_ATTR {
              hn::StoreU(value, kFloat, to + static_cast<size_t>(position) * step + c);
            });
      } else {
        TransformInput<kOut>(
            [&](int row, int column) HWY_ATTR { return LoadPart(cell(row, column) + c, count); },
            [&](int position, FloatVector value) HWY_ATTR {
              StorePart(value, to + static_cast<size_t>(position) * step + c, count);
            });
      }
    }
  }

  const Conv2dShape& s_;
  FloatRange range_;
  bool pool_;
  const ConvCall& call_;
  const Cut<kOut>& cut_;
  Packed<kOut> packed_;
  TileBlocks blocks_;       // of whole panels
  TileBlocks last_blocks_;  // of the last
  float* transformed_;
  float* products_;
};

// Every thread takes groups of tiles through all steps.
template <int kOut>
void RunGroups(const ConvProblem& p, const ConvCall& call, const Cut<kOut>& cut) {
  // As many for each thread, and tiles shared among them as evenly as can be.
  const int threads = std::max(1, call.parallel.threads);
  const int groups = CeilDiv(CeilDiv(cut.tiles, cut.group), threads) * threads;
  call.parallel.For(groups, [&](int index, int thread) {
    const int first = PartBegin(cut.tiles, groups, index);
    const int count = PartBegin(cut.tiles, groups, index + 1) - first;
    const Tiles<kOut> tiles(p, call, cut, count,
                            call.scratch + cut.ScratchBytes() * static_cast<size_t>(thread));
    for (int i = 0; i < count; ++i) tiles.TransformInputTile(first + i, i);
    for (int position = 0; position < Cut<kOut>::kPositions; ++position) {
      tiles.Multiply(position, {0, PanelCount(cut.outputs)});
    }
    for (int i = 0; i < count; ++i) tiles.TransformOutputTile(first + i, i);
  });
}

// Every step is shared by all threads.
template <int kOut>
void RunTogether(const ConvProblem& p, const ConvCall& call, const Cut<kOut>& cut) {
  const Tiles<kOut> tiles(p, call, cut, cut.tiles, call.scratch);
  const bool alone = TaskCount(p.shape.multiplies() / 4, call.parallel.threads) == 1;
  const Parallel parallel = alone ? Parallel{} : call.parallel;
  parallel.For(cut.tiles, [&](int tile, int) { tiles.TransformInputTile(tile, tile); });
  const int panels = PanelCount(cut.outputs);
  parallel.For(Cut<kOut>::kPositions * panels, [&](int task, int) {
    tiles.Multiply(task / panels, {task % panels, 1});
  });
  parallel.For(cut.tiles, [&](int tile, int) { tiles.TransformOutputTile(tile, tile); });
}

template <int kOut>
void Run(const ConvProblem& p, const ConvCall& call) {
  const Cut<kOut> cut(p.shape, call.parallel.threads);
  cut.together ? RunTogether(p, call, cut) : RunGroups(p, call, cut);
}

// All tiles together are read before one is written. A thread alone takes the groups in order.
template <int kOut>
std::optional<size_t> Lead(const ConvProblem& p, int threads) {
  for (int running = 2; running <= threads; ++running) {
    if (!Cut<kOut>(p.shape, running).together) return std::nullopt;
  }
  const Cut<kOut> cut(p.shape, 1);
  int64_t lead = 0;
  const int groups = CeilDiv(cut.tiles, cut.group);
  if (groups > kMostLeadSteps) return std::nullopt;
  for (int group = 1; group < groups; ++group) {
    const int tile = PartBegin(cut.tiles, groups, group);
    const TileCorner last = cut.CornerOf(tile - 1);
    const TileCorner next = cut.CornerOf(tile);
    const int end = std::min(last.y + kOut, p.shape.out_height);
    lead = std::max(lead, OutputBytesTo(p, last.batch, end) - InputBytesTo(p, next.batch, next.y));
  }
  return static_cast<size_t>(lead);
}

// Numbers that pass a microsecond through a transform: of larger tiles each takes more steps.
template <int kOut>
inline constexpr double kTransformRate = kOut == 2   ? 6.5e3
                                         : kOut == 4 ? 3.4e3
                                                     : 3.1e3;

template <int kOut>
double Cost(const ConvProblem& p, int threads) {
  const Cut<kOut> cut(p.shape, threads);
  // Fewer tiles than four do not hide a sum's latency.
  const double rows = std::max(cut.tiles, 4);
  const double macs = rows * static_cast<double>(Cut<kOut>::kPositions * cut.inputs * cut.outputs);
  // A panel of one vector loads as often as it multiplies.
  const double rate = kMacsPerMicrosecond * (cut.outputs == kStep ? 0.6 : 0.85);
  const double transforms = static_cast<double>(cut.tiles) * Cut<kOut>::kPositions *
                            static_cast<double>(cut.inputs + cut.outputs);
  // The first pass finds the weights in no cache, as the other layers' have been there since; they
  // come while the products before them are computed.
  const int passes = cut.WeightBytes() <= kCachedWeights ? 1 : CeilDiv(cut.tiles, cut.group);
  const double bytes = static_cast<double>(passes) * static_cast<double>(cut.WeightBytes());
  // And they drive out of the caches what others need.
  return (std::max(macs / rate, bytes / SharedReadRate()) + transforms / kTransformRate<kOut> +
          bytes / 5e4) /
         std::max(1, threads);
}

template <int kOut>
ConvKernel Entry(const char* name) {
  return {
      .name = name,
      .applies = Applies,
      .cost = Cost<kOut>,
      .packed_bytes = PackedBytes<kOut>,
      .pack = Pack<kOut>,
      .scratch_bytes = ScratchBytes<kOut>,
      .run = Run<kOut>,
      .band_rows = kOut,
      .lead = Lead<kOut>,
  };
}

}  // namespace

std::vector<ConvKernel> WinogradEntries() {
  return {Entry<2>("winograd2"), Entry<4>("winograd4"), Entry<6>("winograd6")};
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(WinogradEntries);

std::vector<ConvKernel> WinogradConvEntries() { return BRINK_DISPATCH(WinogradEntries)(); }

}  // namespace brink::kernels
#endif  // HWY_ONCE
