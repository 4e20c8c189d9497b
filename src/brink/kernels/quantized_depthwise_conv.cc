#include "brink/kernels/quantized_depthwise_conv.h"

#include <algorithm>
#include <cstring>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_depthwise_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/depthwise_rows-inl.h"
#include "brink/kernels/dispatch.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

inline constexpr int kPixels = 4;  // output pixels whose sums are kept in registers together
// Rows in the ring are counted by int, and the scratch they take is bounded.
bool Applies(const QuantizedConvProblem& p) {
  if (p.real_output) return false;
  const Conv2dShape& s = p.shape;
  const int64_t span = int64_t{1} * (s.window.height - 1) * s.window.dilation_height;
  const int64_t width = int64_t{1} * s.out_width * s.window.stride_width +
                        int64_t{1} * (s.window.width + kStepInputs) * s.window.dilation_width;
  return s.groups > 1 && s.groups == s.in_channels && span < 64 && width < (1 << 20);
}

size_t PackedBytes(const QuantizedConvProblem& p) {
  const DepthwiseLayout layout(p.shape);
  return AlignUp(static_cast<size_t>(layout.blocks) * layout.BlockBytes(p.shape.window));
}

void PackChannel(const QuantizedConvProblem& p, const QuantizedConvWeights& weights, int channel,
                 std::byte* block) {
  const Window2d& w = p.shape.window;
  const DepthwiseLayout layout(p.shape);
  const auto c = static_cast<size_t>(channel % kBlock);
  const PanelHeader header{reinterpret_cast<int32_t*>(block), kBlock, PackedInputZero(p)};
  auto* body = reinterpret_cast<PackedWeight*>(header.rows + kPanelHeaderRows * kBlock);
  const FilterIndex index(p.layout, p.shape);
  WeightSums sums;
  size_t tap = 0;
  for (int y = 0; y < w.height; ++y) {
    for (int x = 0; x < w.width; ++x, ++tap) {
      const int32_t weight =
          StoredWeight(p, weights.filter, index(static_cast<size_t>(channel), tap));
      sums.Add(weight - p.filter_zero_point);
      const int group = y * layout.groups + x / kStepInputs;
      body[(static_cast<size_t>(group) * kBlock + c) * kStepInputs +
           static_cast<size_t>(x % kStepInputs)] =
          static_cast<PackedWeight>(weight + WeightShift(p));
    }
  }
  header.Set(weights, static_cast<size_t>(channel), c, sums);
}

void Pack(const QuantizedConvProblem& p, const QuantizedConvWeights& weights, std::byte* packed) {
  std::memset(packed, 0, PackedBytes(p));
  const DepthwiseLayout layout(p.shape);
  const size_t block_bytes = layout.BlockBytes(p.shape.window);
  for (int channel = 0; channel < p.shape.out_channels; ++channel) {
    PackChannel(p, weights, channel, packed + static_cast<size_t>(channel / kBlock) * block_bytes);
  }
  for (int block = 0; block < layout.blocks; ++block, packed += block_bytes) {
    auto* header = reinterpret_cast<int32_t*>(packed);
    PanelHeader{header, kBlock, PackedInputZero(p)}.Finish(TileZeroPoint(p));
  }
}

// A thread's scratch: the ring of rearranged rows and one row of padding.
size_t ThreadBytes(const Conv2dShape& s) {
  const DepthwiseLayout layout(s);
  const size_t rows = static_cast<size_t>(layout.ring_rows) + 1;
  return AlignUp(rows * layout.RowInputs(std::min(kChunk, s.out_channels)) * sizeof(PackedInput));
}

size_t ScratchBytes(const QuantizedConvProblem& p, int threads) {
  return ThreadBytes(p.shape) * static_cast<size_t>(std::max(1, threads));
}

// Weights of one for every tap of a group, and for those of the last group that exist.
struct Ones {
  PackedWeight whole[kBlock * kStepInputs];
  PackedWeight last[kBlock * kStepInputs];

  explicit Ones(const Window2d& w) {
    const int left = (w.width - 1) % kStepInputs + 1;
    for (int i = 0; i < kBlock * kStepInputs; ++i) {
      whole[i] = 1;
      last[i] = i % kStepInputs < left ? 1 : 0;
    }
  }
};

// What one block of channels of one output row is computed from.
struct BlockRow {
  const PackedInput* const* rows;  // [window height]: the block's inputs of each row
  size_t position_inputs;          // from position to position
  const std::byte* block;
  uint8_t* output;
  int count;  // channels to store
  const Ones* ones;
};

// Sums kCount neighbouring output pixels from `first` on and stores them.
template <int kCount, bool kRowSums>
HWY_INLINE void SumPixels(const QuantizedConvProblem& p, const DepthwiseLayout& layout,
                          const BlockRow& row, int first) {
  const Window2d& w = p.shape.window;
  IntSums<kCount, kVectorsTogether> sums;
  IntSums<kCount, kVectorsTogether> input_sums;
  StartSums(row.block, sums);
#pragma GCC unroll 8
  for (int i = 0; i < kCount; ++i) {
    for (int v = 0; v < kVectorsTogether; ++v) input_sums.at[i][v] = hn::Zero(kInt);
  }
  const auto* weights = reinterpret_cast<const PackedWeight*>(
      row.block + kPanelHeaderRows * kBlock * sizeof(int32_t));
  const size_t pixel = static_cast<size_t>(layout.pixel_step) * row.position_inputs;
  for (int ky = 0; ky < w.height; ++ky) {
    const PackedInput* inputs = row.rows[ky] + static_cast<size_t>(first) * pixel;
    for (int g = 0; g < layout.groups; ++g) {
      SumBlock(inputs, pixel, weights, sums);
      if constexpr (kRowSums) {
        SumBlock(inputs, pixel, g + 1 < layout.groups ? row.ones->whole : row.ones->last,
                 input_sums);
      }
      inputs += static_cast<size_t>(layout.group_step) * row.position_inputs;
      weights += kBlock * kStepInputs;
    }
  }
  if constexpr (kRowSums) {
    const IntVector factor = hn::Set(kInt, -PackedWeightZero(p));
#pragma GCC unroll 8
    for (int i = 0; i < kCount; ++i) {
      for (int v = 0; v < kVectorsTogether; ++v)
        sums.at[i][v] = hn::Add(sums.at[i][v], hn::Mul(input_sums.at[i][v], factor));
    }
  }
  IntTile tile;
  tile.panel = row.block;
  tile.output = row.output + static_cast<size_t>(first) * static_cast<size_t>(p.shape.out_channels);
  tile.output_stride = static_cast<size_t>(p.shape.out_channels);
  tile.row_count = kCount;
  tile.columns = row.count;
  tile.zero_point = p.output_zero_point;
  tile.range = p.range;
  tile.is_signed = p.type == Type::kInt8;
  StoreSums(tile, kBlock, sums);
}

template <bool kRowSums>
void RunBlockRow(const QuantizedConvProblem& p, const DepthwiseLayout& layout,
                 const BlockRow& row) {
  int x = 0;
  for (; x + kPixels <= p.shape.out_width; x += kPixels) {
    SumPixels<kPixels, kRowSums>(p, layout, row, x);
  }
  for (; x < p.shape.out_width; ++x) SumPixels<1, kRowSums>(p, layout, row, x);
}

struct Task {
  int64_t first_row;  // output rows, counted over batch and height
  int64_t last_row;
  ChannelRange chunk;
};

template <class T>
void RunTask(const QuantizedConvProblem& p, const QuantizedConvCall& call, const Task& task,
             std::byte* scratch) {
  const Conv2dShape& s = p.shape;
  const Window2d& w = s.window;
  const DepthwiseLayout layout(s);
  RowRing<T> ring(p, call.input, task.chunk, scratch);
  const int blocks = CeilDiv(task.chunk.count, kBlock);
  const bool row_sums = kBytes && PackedWeightZero(p) != 0;
  const Ones ones(w);
  const PackedInput* rows[64];
  for (int64_t y = task.first_row; y < task.last_row; ++y) {
    const auto [batch, image_y] = SplitIndex(y, s.out_height);
    const int64_t top = int64_t{1} * image_y * w.stride_height - w.pad_top;
    for (int ky = 0; ky < w.height; ++ky)
      rows[ky] = ring.Row(batch, top + int64_t{1} * ky * w.dilation_height);
    for (int b = 0; b < blocks; ++b) {
      const int channel = task.chunk.first + b * kBlock;
      BlockRow row;
      row.rows = rows;
      row.position_inputs = static_cast<size_t>(blocks) * kBlock * kStepInputs;
      row.block = call.packed + static_cast<size_t>(channel / kBlock) * layout.BlockBytes(w);
      row.output = static_cast<uint8_t*>(call.output) +
                   static_cast<size_t>(y * s.out_width) * static_cast<size_t>(s.out_channels) +
                   channel;
      row.ones = &ones;
      row.count = std::min(kBlock, task.chunk.count - b * kBlock);
      row_sums ? RunBlockRow<true>(p, layout, row) : RunBlockRow<false>(p, layout, row);
      for (int ky = 0; ky < w.height; ++ky) rows[ky] += kBlock * kStepInputs;
    }
  }
}

void Run(const QuantizedConvProblem& p, const QuantizedConvCall& call) {
  const Conv2dShape& s = p.shape;
  const int64_t rows = int64_t{1} * s.batch * s.out_height;
  const int chunks = CeilDiv(s.out_channels, kChunk);
  const int tasks = TaskCount(s.multiplies() * 4, call.parallel.threads);
  const auto parts = static_cast<int>(std::min<int64_t>(rows, CeilDiv(tasks, chunks)));
  const size_t bytes = ThreadBytes(s);
  call.parallel.For(chunks * parts, [&](int index, int thread) {
    const int first = index % chunks * kChunk;
    const int part = index / chunks;
    const Task task{rows * part / parts,
                    rows * (part + 1) / parts,
                    {first, std::min(kChunk, s.out_channels - first)}};
    std::byte* scratch = call.scratch + bytes * static_cast<size_t>(thread);
    p.type == Type::kInt8 ? RunTask<int8_t>(p, call, task, scratch)
                          : RunTask<uint8_t>(p, call, task, scratch);
  });
}

double Cost(const QuantizedConvProblem& p, int threads) {
  const double padded =
      static_cast<double>(DepthwiseLayout(p.shape).blocks * kBlock) / p.shape.out_channels;
  return static_cast<double>(p.shape.multiplies()) * padded / kMacsPerMicrosecond / 0.4 /
         std::max(1, threads);
}

}  // namespace

QuantizedConvKernel QuantizedDepthwiseEntry() {
  return {
      .name = "depthwise",
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

#if HWY_ONCE && !defined(BRINK_BYTE_VARIANT)
namespace brink::kernels {

BRINK_EXPORT_VNNI(QuantizedDepthwiseEntry);

QuantizedConvKernel QuantizedDepthwiseConvEntry() {
  return BRINK_DISPATCH_VNNI(QuantizedDepthwiseEntry)();
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
