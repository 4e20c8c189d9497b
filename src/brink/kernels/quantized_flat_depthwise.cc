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
#include "brink/kernels/flat_sums-inl.h"

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
  return layout.Patterns() * PatternBytes(layout, p.shape.window);
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
  for (size_t pattern = 0; pattern < layout.Patterns(); ++pattern) {
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

// Stores what lies in the row of a block of outputs.
template <class T>
HWY_INLINE void StoreBlock(const FlatLayout& layout, size_t block, Bytes<T> clamped,
                           uint8_t* output) {
  constexpr hn::Repartition<T, FlatTag> kStored;
  T* to = reinterpret_cast<T*>(output) + block * kFlat;
  const size_t left = layout.flat - block * kFlat;
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
    StoreBlock<T>(layout, b, hn::Min(hn::Max(stored, low), high), row.output);
  }
}

// The blocks of one pattern of channels of two output rows.
template <class T, class Requantize, class Sums>
BRINK_RUN_PATTERN void RunPatternPair(const QuantizedConvProblem& p, const FlatLayout& layout,
                                      const OutputPair& pair, size_t pattern) {
  constexpr hn::Repartition<T, FlatTag> kStored;
  const std::byte* packed = pair.packed + pattern * PatternBytes(layout, p.shape.window);
  const auto* header = reinterpret_cast<const int32_t*>(packed);
  const Sums sums(layout, pair, p.shape.window.height,
                  packed + kPanelHeaderRows * kFlat * sizeof(int32_t));
  const BlockRequantizer<T, Requantize> requantize(header + kRequantizerRow * kFlat,
                                                   p.output_zero_point);
  const auto low = hn::Set(kStored, static_cast<T>(p.range.low));
  const auto high = hn::Set(kStored, static_cast<T>(p.range.high));
  const PatternBlocks blocks(layout, pair.strip, pattern);
  size_t at = blocks.stored * layout.BlockBytes();
  for (size_t b = blocks.first; b < blocks.end; b += layout.period) {
    BlockVectors upper = LoadBlock(header);
    BlockVectors lower = upper;
    sums.Add(at, upper, lower);
    at += blocks.stored_step * layout.BlockBytes();
    const auto clamped = [&](const BlockVectors& block)
                             HWY_ATTR { return hn::Min(hn::Max(requantize(block), low), high); };
    StoreBlock<T>(layout, b, clamped(upper), pair.output);
    StoreBlock<T>(layout, b, clamped(lower), pair.output + layout.flat);
  }
}

// Calls run(pattern, general) for each pattern that the strip of a row has blocks of; general: its
// sums need the general requantizer.
template <class Row, class Function>
void ForEachPattern(const QuantizedConvProblem& p, const FlatLayout& layout, const Row& row,
                    const Function& run) {
  const size_t begin = layout.by_patterns ? row.strip.first_block : 0;
  const size_t end = layout.by_patterns ? begin + row.strip.width : layout.period;
  for (size_t pattern = begin; pattern < std::min(end, layout.blocks); ++pattern) {
    const auto* header = reinterpret_cast<const int32_t*>(
        row.packed + pattern * PatternBytes(layout, p.shape.window));
    run(pattern, header[kFlat] != 0);
  }
}

template <class T, class Sums>
void RunPair(const QuantizedConvProblem& p, const FlatLayout& layout, const OutputPair& pair) {
  ForEachPattern(p, layout, pair, [&](size_t pattern, bool general) {
    general ? RunPatternPair<T, Requantizer, Sums>(p, layout, pair, pattern)
            : RunPatternPair<T, RightRequantizer, Sums>(p, layout, pair, pattern);
  });
}

template <class T, bool kRowSums, size_t kHeight>
void RunRow(const QuantizedConvProblem& p, const FlatLayout& layout, const OutputRow& row) {
  ForEachPattern(p, layout, row, [&](size_t pattern, bool general) {
    const Scaling scaling = ScalingOf(general, p.range, p.output_zero_point);
    if (scaling == Scaling::kGeneral) {
      RunPattern<T, Requantizer, kRowSums, kHeight>(p, layout, row, pattern);
    } else if (kRectifies && scaling == Scaling::kRectified) {
      RunPattern<T, RectifiedRequantizer, kRowSums, kHeight>(p, layout, row, pattern);
    } else {
      RunPattern<T, RightRequantizer, kRowSums, kHeight>(p, layout, row, pattern);
    }
  });
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
  const bool takes_pairs = layout.pairs && (!kBytes || PackedWeightZero(p) == 0);
  for (int64_t y = task.first; y < task.last; ++y) {
    const auto [batch, image_y] = SplitIndex(y, s.out_height);
    const int64_t top = int64_t{1} * image_y * w.stride_height - w.pad_top;
    if constexpr (kPairsOfRows) {
      if (takes_pairs && y + 1 < task.last && image_y + 1 < s.out_height) {
        for (int r = 0; r <= w.height; ++r) rows[r] = ring.Row(batch, top + r);
        const OutputPair pair{
            rows, call.packed,
            static_cast<uint8_t*>(call.output) + static_cast<size_t>(y) * layout.flat, task.strip};
        w.height == 3 && layout.groups == 1 ? RunPair<T, SmallPair>(p, layout, pair)
                                            : RunPair<T, LargePair>(p, layout, pair);
        ++y;
        continue;
      }
    }
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
