#include "brink/kernels/quantized_flat_depthwise.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_flat_depthwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/flat_packing-inl.h"
#include "brink/kernels/flat_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

#if HWY_ARCH_X86 && BRINK_PACKS_BLOCKS

#if BRINK_BYTE_PRODUCTS
constexpr size_t kMostPackedBytes = size_t{64} << 10;
#else
constexpr size_t kMostPackedBytes = size_t{56} << 10;
#endif
// Of strips of patterns, which read theirs from the first cache, where all of a window's groups see
// what is stored once.
constexpr size_t kMostPatternBytes = HWY_TARGET == HWY_AVX3 ? kMostPackedBytes : size_t{1024} << 10;
constexpr size_t kMostThreadBytes = size_t{4} << 20;

size_t PackedBytes(const QuantizedConvProblem& p) {
  const FlatLayout layout(p.shape);
  return layout.period * PatternBytes(layout, p.shape.window);
}

bool Applies(const QuantizedConvProblem& p) {
  if (p.real_output) return false;
  const Conv2dShape& s = p.shape;
  const Window2d& w = s.window;
  const int64_t span = int64_t{1} * (w.height - 1) * w.dilation_height;
  const int64_t width = int64_t{1} * w.width * w.dilation_width;
  const bool depthwise =
      s.groups > 1 && s.groups == s.in_channels && s.in_channels == s.out_channels;
  if (!depthwise || span >= static_cast<int64_t>(FlatRows::kMostRows)) return false;
  if (width > 4096 || w.stride_width > 4 || int64_t{1} * s.out_width * s.out_channels > (1 << 20))
    return false;
  const FlatLayout layout(s);
  // Odd numbers of channels come again after many blocks, each with weights of its own.
  const size_t most =
      layout.by_patterns && layout.stored_groups == 1 ? kMostPatternBytes : kMostPackedBytes;
  return PackedBytes(p) <= most + layout.channels * 64 && layout.ThreadBytes(s) <= kMostThreadBytes;
}

void Pack(const QuantizedConvProblem& p, const QuantizedConvWeights& weights, std::byte* packed) {
  const FlatLayout layout(p.shape);
  const auto pack = p.filter_type == Type::kInt8 ? &PackPattern<int8_t> : &PackPattern<uint8_t>;
  std::memset(packed, 0, PackedBytes(p));
  size_t channels[kFlat];
  size_t channel = 0;
  for (size_t pattern = 0; pattern < layout.period; ++pattern) {
    for (size_t& of : channels) {
      of = channel++;
      if (channel == layout.channels) channel = 0;
    }
    pack(p, layout, weights, channels, packed + pattern * PatternBytes(layout, p.shape.window));
  }
}

size_t ScratchBytes(const QuantizedConvProblem& p, int threads) {
  return AlignUp(FlatLayout(p.shape).ThreadBytes(p.shape)) *
         static_cast<size_t>(std::max(1, threads));
}

struct OutputRow {
  const uint8_t* const* rows;  // [window height], interleaved
  const std::byte* packed;
  uint8_t* output;
  FlatStrip strip;
};

using FlatWeights = hn::Vec<hn::Repartition<PackedWeight, IntTag>>;

HWY_INLINE void AddProducts(IntVector& sum, FlatBytes inputs, FlatWeights weights) {
#if BRINK_BYTE_PRODUCTS
  AddByteProducts(sum, inputs, weights);
#else
  sum = AddPairs(hn::BitCast(hn::Repartition<PackedInput, IntTag>(), inputs), weights, sum);
#endif
}

// A block's numbers; apart, as GCC keeps no array of vectors in registers here.
struct BlockVectors {
  IntVector a, b, c, d;
};

HWY_INLINE BlockVectors LoadBlock(const int32_t* from) {
  return {hn::LoadU(kInt, from), hn::LoadU(kInt, from + kIntLanes),
          hn::LoadU(kInt, from + 2 * kIntLanes), hn::LoadU(kInt, from + 3 * kIntLanes)};
}

// Sums of a block, with or without the sums of its inputs that a zero point of the weights takes
// where they are bytes. A kHeight other than 0 is that of the window, whose rows are one group
// each.
template <bool kRowSums, size_t kHeight>
class BlockSums {
 public:
  BlockSums(const QuantizedConvProblem& p, const FlatLayout& layout, const FlatStrip& strip)
      : height_(static_cast<size_t>(p.shape.window.height)),
        groups_(layout.groups),
        group_bytes_(layout.GroupBytes(strip)),
        factor_(hn::Set(kInt, -PackedWeightZero(p))) {
    const size_t missing = layout.groups * kStepInputs - static_cast<size_t>(p.shape.window.width);
    constexpr int32_t kOnes = 0x01010101;
    ones_ = hn::BitCast(kWeights, hn::Set(kInt, kOnes));
    last_ones_ = hn::BitCast(kWeights, hn::Set(kInt, kOnes >> 8 * missing));
  }

  HWY_INLINE BlockVectors Sum(const uint8_t* const* rows, size_t at, const std::byte* weights,
                              BlockVectors sums) const {
    BlockVectors inputs{hn::Zero(kInt), hn::Zero(kInt), hn::Zero(kInt), hn::Zero(kInt)};
    const auto* weight = reinterpret_cast<const PackedWeight*>(weights);
    if constexpr (kHeight != 0) {
#pragma GCC unroll 4
      for (size_t ky = 0; ky < kHeight; ++ky, weight += kBlockVectors * kVectorWeights)
        AddGroup(rows[ky] + at, weight, last_ones_, sums, inputs);
    } else {
      for (size_t ky = 0; ky < height_; ++ky) {
        const uint8_t* from = rows[ky] + at;
        for (size_t g = 0; g < groups_; ++g) {
          AddGroup(from, weight, g + 1 < groups_ ? ones_ : last_ones_, sums, inputs);
          from += group_bytes_;
          weight += kBlockVectors * kVectorWeights;
        }
      }
    }
    if constexpr (kRowSums) {
      sums.a = hn::Add(sums.a, hn::Mul(inputs.a, factor_));
      sums.b = hn::Add(sums.b, hn::Mul(inputs.b, factor_));
      sums.c = hn::Add(sums.c, hn::Mul(inputs.c, factor_));
      sums.d = hn::Add(sums.d, hn::Mul(inputs.d, factor_));
    }
    return sums;
  }

 private:
  static constexpr hn::Repartition<PackedWeight, IntTag> kWeights{};
  static constexpr size_t kVectorWeights = kFlat / sizeof(PackedWeight);

  static HWY_INLINE void AddGroup(const uint8_t* from, const PackedWeight* weight, FlatWeights ones,
                                  BlockVectors& sums, BlockVectors& inputs) {
    Add(from, weight, ones, sums.a, inputs.a);
    Add(from + kFlat, weight + kVectorWeights, ones, sums.b, inputs.b);
    Add(from + 2 * kFlat, weight + 2 * kVectorWeights, ones, sums.c, inputs.c);
    Add(from + 3 * kFlat, weight + 3 * kVectorWeights, ones, sums.d, inputs.d);
  }
  static HWY_INLINE void Add(const uint8_t* from, const PackedWeight* weights, FlatWeights ones,
                             IntVector& sum, IntVector& inputs) {
    const FlatBytes taps = hn::LoadU(kFlatTag, from);
    AddProducts(sum, taps, hn::LoadU(kWeights, weights));
    if constexpr (kRowSums) AddProducts(inputs, taps, ones);
  }

  const size_t height_, groups_, group_bytes_;
  const IntVector factor_;
  FlatWeights ones_, last_ones_;
};

// A block's sums in the order of their bytes, clamped to the output's type.
template <class T, class Requantize>
class BlockRequantizer {
 public:
  HWY_INLINE BlockRequantizer(const int32_t* rows, int32_t zero_point)
      : a_(rows, kFlat, zero_point),
        b_(rows + kIntLanes, kFlat, zero_point),
        c_(rows + 2 * kIntLanes, kFlat, zero_point),
        d_(rows + 3 * kIntLanes, kFlat, zero_point) {}

  HWY_INLINE Bytes<T> operator()(const BlockVectors& sums) const {
    return PackBlock<T>(a_(sums.a), b_(sums.b), c_(sums.c), d_(sums.d));
  }

 private:
  Requantize a_, b_, c_, d_;
};

// The blocks of a strip that are of one pattern of channels, a period apart in the row.
struct PatternBlocks {
  size_t first;
  size_t end;
  size_t stored;  // the place of the first in the strip's rows
  size_t stored_step;

  PatternBlocks(const FlatLayout& layout, const FlatStrip& strip, size_t pattern) {
    if (layout.by_patterns) {
      first = pattern;
      end = layout.blocks;
      stored_step = strip.width;
    } else {
      const size_t period = layout.period;
      first = strip.first_block + (pattern + period - strip.first_block % period) % period;
      end = strip.first_block + strip.width;
      stored_step = period;
    }
    stored = first - strip.first_block;
  }
};

// With 32 registers apart, as GCC spills all that requantises where it is inlined; with 16 it
// spills either way.
#undef BRINK_RUN_PATTERN
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
#define BRINK_RUN_PATTERN HWY_NOINLINE
#else
#define BRINK_RUN_PATTERN HWY_INLINE
#endif

// The blocks of one pattern of channels of an output row.
template <class T, class Requantize, bool kRowSums, size_t kHeight>
BRINK_RUN_PATTERN void RunPattern(const QuantizedConvProblem& p, const FlatLayout& layout,
                                  const OutputRow& row, size_t pattern) {
  constexpr hn::Repartition<T, FlatTag> kStored;
  const std::byte* packed = row.packed + pattern * PatternBytes(layout, p.shape.window);
  const auto* header = reinterpret_cast<const int32_t*>(packed);
  const std::byte* weights = packed + kPanelHeaderRows * kFlat * sizeof(int32_t);
  const BlockVectors biases = LoadBlock(header);
  const BlockRequantizer<T, Requantize> requantize(header + kRequantizerRow * kFlat,
                                                   p.output_zero_point);
  const BlockSums<kRowSums, kHeight> block(p, layout, row.strip);
  const auto low = hn::Set(kStored, static_cast<T>(p.range.low));
  const auto high = hn::Set(kStored, static_cast<T>(p.range.high));
  const PatternBlocks blocks(layout, row.strip, pattern);
  size_t at = blocks.stored * layout.BlockBytes();
  for (size_t b = blocks.first; b < blocks.end; b += layout.period) {
    const BlockVectors sums = block.Sum(row.rows, at, weights, biases);
    at += blocks.stored_step * layout.BlockBytes();
    const auto stored = requantize(sums);
    const auto clamped = hn::Min(hn::Max(stored, low), high);
    T* to = reinterpret_cast<T*>(row.output) + b * kFlat;
    const size_t left = layout.flat - b * kFlat;
    if (left >= kFlat) {
      hn::StoreU(clamped, kStored, to);
    } else {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
      hn::BlendedStore(clamped, hn::FirstN(kStored, left), kStored, to);
#else
      HWY_ALIGN T some[kFlat];
      hn::Store(clamped, kStored, some);
      std::memcpy(to, some, left);
#endif
    }
  }
}

template <class T, bool kRowSums, size_t kHeight>
void RunRow(const QuantizedConvProblem& p, const FlatLayout& layout, const OutputRow& row) {
  const size_t begin = layout.by_patterns ? row.strip.first_block : 0;
  const size_t end = layout.by_patterns ? begin + row.strip.width : layout.period;
  for (size_t pattern = begin; pattern < std::min(end, layout.blocks); ++pattern) {
    const auto* header = reinterpret_cast<const int32_t*>(
        row.packed + pattern * PatternBytes(layout, p.shape.window));
    const bool general = header[kFlat] != 0;
    general ? RunPattern<T, Requantizer, kRowSums, kHeight>(p, layout, row, pattern)
            : RunPattern<T, RightRequantizer, kRowSums, kHeight>(p, layout, row, pattern);
  }
}

// A strip of output rows [first, last), counted over batch and height.
struct Task {
  int64_t first;
  int64_t last;
  FlatStrip strip;
};

template <class T>
void RunTask(const QuantizedConvProblem& p, const QuantizedConvCall& call, const Task& task,
             std::byte* scratch) {
  const Conv2dShape& s = p.shape;
  const Window2d& w = s.window;
  const FlatLayout layout(s);
  FlatRows ring(p, call.input, task.strip, scratch);
  const uint8_t* rows[FlatRows::kMostRows];
  for (int64_t y = task.first; y < task.last; ++y) {
    const auto [batch, image_y] = SplitIndex(y, s.out_height);
    const int64_t top = int64_t{1} * image_y * w.stride_height - w.pad_top;
    for (int ky = 0; ky < w.height; ++ky)
      rows[ky] = ring.Row(batch, top + int64_t{1} * ky * w.dilation_height);
    const OutputRow row{rows, call.packed,
                        static_cast<uint8_t*>(call.output) + static_cast<size_t>(y) * layout.flat,
                        task.strip};
    if (kBytes && PackedWeightZero(p) != 0) {
      w.height == 3 && layout.groups == 1 ? RunRow<T, kBytes, 3>(p, layout, row)
                                          : RunRow<T, kBytes, 0>(p, layout, row);
    } else if (w.height == 3 && layout.groups == 1) {
      RunRow<T, false, 3>(p, layout, row);
    } else {
      RunRow<T, false, 0>(p, layout, row);
    }
  }
}

// How a picture is cut into tasks.
struct Cut {
  int strips;
  int parts;  // of the rows
};

Cut CutOf(const Conv2dShape& s, const FlatLayout& layout, int threads) {
  const int64_t rows = int64_t{1} * s.batch * s.out_height;
  const int64_t tasks = TaskCount(s.multiplies() * 2, threads);
  const auto least = static_cast<int64_t>(layout.Strips());
  const auto units = static_cast<int64_t>(layout.Units());
  int64_t most_parts = rows;
  if (layout.by_patterns) {
    // A part interleaves again what its first windows share with the part before; strips of
    // patterns share none of that, and are as many for each thread.
    const int64_t shared = static_cast<int64_t>(layout.ring_rows) - s.window.stride_height;
    const int64_t worth = rows * s.window.stride_height / std::max<int64_t>(1, shared * 3);
    most_parts = std::clamp<int64_t>(worth, 1, rows);
  }
  const int64_t workers = std::min<int64_t>(tasks, threads);
  const int64_t wanted = CeilDiv(most_parts < rows ? workers : tasks, most_parts);
  const int64_t even = most_parts == 1 ? CeilDiv(least, workers) * workers : wanted;
  const int64_t strips = std::max(least, std::min(units, even));
  return {static_cast<int>(strips), static_cast<int>(std::min(most_parts, CeilDiv(tasks, strips)))};
}

void Run(const QuantizedConvProblem& p, const QuantizedConvCall& call) {
  const FlatLayout layout(p.shape);
  const int64_t rows = int64_t{1} * p.shape.batch * p.shape.out_height;
  const Cut cut = CutOf(p.shape, layout, call.parallel.threads);
  const size_t bytes = AlignUp(layout.ThreadBytes(p.shape));
  call.parallel.For(cut.strips * cut.parts, [&](int index, int thread) {
    const int part = index / cut.strips;
    const Task task{rows * part / cut.parts, rows * (part + 1) / cut.parts,
                    layout.Strip(cut.strips, index % cut.strips)};
    std::byte* scratch = call.scratch + bytes * static_cast<size_t>(thread);
    p.type == Type::kInt8 ? RunTask<int8_t>(p, call, task, scratch)
                          : RunTask<uint8_t>(p, call, task, scratch);
  });
}

double Cost(const QuantizedConvProblem& p, int threads) {
  const FlatLayout layout(p.shape);
  const double padded =
      static_cast<double>(layout.blocks * kFlat) / static_cast<double>(layout.flat);
  return static_cast<double>(p.shape.multiplies()) * padded / kMacsPerMicrosecond / 0.8 /
         std::max(1, threads);
}

#else

bool Applies(const QuantizedConvProblem&) { return false; }
double Cost(const QuantizedConvProblem&, int) { return 0; }
size_t PackedBytes(const QuantizedConvProblem&) { return 0; }
void Pack(const QuantizedConvProblem&, const QuantizedConvWeights&, std::byte*) {}
size_t ScratchBytes(const QuantizedConvProblem&, int) { return 0; }
void Run(const QuantizedConvProblem&, const QuantizedConvCall&) {}

#endif

}  // namespace

QuantizedConvKernel QuantizedFlatDepthwise() {
  return {
      .name = "flat depthwise",
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

BRINK_EXPORT_VNNI(QuantizedFlatDepthwise);

QuantizedConvKernel QuantizedFlatDepthwiseEntry() {
  return BRINK_DISPATCH_VNNI(QuantizedFlatDepthwise)();
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
