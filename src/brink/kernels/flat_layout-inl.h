// How the rows of an 8-bit depthwise convolution are cut into blocks, patterns of channels and
// strips for quantized_flat_depthwise.cc; compiled once a target of x86.
#if defined(BRINK_KERNELS_FLAT_LAYOUT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_FLAT_LAYOUT_INL_H_
#undef BRINK_KERNELS_FLAT_LAYOUT_INL_H_
#else
#define BRINK_KERNELS_FLAT_LAYOUT_INL_H_
#endif

#include <algorithm>
#include <numeric>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/int_packing-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if HWY_ARCH_X86 && BRINK_PACKS_BLOCKS

using FlatTag = hn::ScalableTag<uint8_t>;
using FlatBytes = hn::Vec<FlatTag>;
inline constexpr FlatTag kFlatTag{};
inline constexpr size_t kFlat = hn::MaxLanes(FlatTag());  // bytes of a row computed together

// Inputs are moved to [0, 255] whatever they are multiplied as.
HWY_INLINE int32_t FlatShift(const QuantizedConvProblem& p) {
  return p.type == Type::kInt8 ? 128 : 0;
}
HWY_INLINE int32_t FlatZero(const QuantizedConvProblem& p) {
  return p.input_zero_point + FlatShift(p);
}

// Two neighbouring output rows share their weights, what scales their sums, and most of their
// input, all of which a row reads from the first cache for each block: where registers hold the
// sums of both.
inline constexpr bool kPairsOfRows = HWY_TARGET == HWY_AVX3_DL;

// The blocks of a task, see FlatLayout: neighbours, or those of some patterns of channels, whose
// weights then stay in the first cache, from all of a row.
struct FlatStrip {
  size_t first_block;
  size_t width;  // blocks side by side, of each lap
  size_t laps;   // a period apart
};

// An output row of `channels` is `flat` bytes: byte j belongs to pixel j / channels and channel
// j % channels. What tap k adds to byte j is its weight times byte j of the tap's row, which holds
// for each pixel the cell that the tap sees. kStepInputs taps' rows are interleaved, four byte by
// byte for vpdpbusd or two by 16-bit integers for vpmaddwd: `blocks` blocks of
// [stored_groups][kBlockVectors][kFlat bytes]. A window's later groups see the same cells as its
// first one some pixels on: where that is a number of whole blocks, only the first is stored.
struct FlatLayout {
  size_t channels;
  size_t groups;        // of kStepInputs taps in a window's row
  size_t group_blocks;  // from a group to the next, 0 where each is stored
  size_t stored_groups;
  size_t flat;
  size_t blocks;             // of kFlat bytes
  size_t period;             // blocks after which the channels of a block come again
  bool pairs;                // two output rows are computed together
  size_t ring_rows;          // input rows that a window, or a pair's, spans
  bool by_patterns = false;  // strips are of patterns
  size_t strip;              // blocks, or patterns, of a task: its ring stays in the cache
  size_t row_bytes;          // of a strip, interleaved
  size_t cell_bytes;         // of a strip's cells of one remainder, see FlatRows

  explicit FlatLayout(const Conv2dShape& s)
      : channels(static_cast<size_t>(s.out_channels)),
        groups(static_cast<size_t>(CeilDiv(s.window.width, kStepInputs))),
        group_blocks(GroupBlocks(s)),
        stored_groups(group_blocks == 0 ? groups : 1),
        flat(static_cast<size_t>(s.out_width) * channels),
        blocks(CeilDiv(flat, kFlat)),
        period(channels / std::gcd(channels, kFlat)),
        pairs(kPairsOfRows && s.window.stride_height == 1 && s.window.dilation_height == 1 &&
              s.out_height > 1),
        ring_rows(static_cast<size_t>(s.window.height - 1) *
                      static_cast<size_t>(s.window.dilation_height) +
                  (pairs ? 2 : 1)) {
    // A ring in the first cache makes strips so short that their ends cost more than to read it
    // from the second, where each row serves all of a window's.
    strip = StripOf(size_t{32} << 10);
    ChoosePatterns(s.window.stride_width);
    if (!by_patterns && s.window.stride_height == 1) strip = StripOf(size_t{96} << 10);
    row_bytes = StoredBlocks({0, strip, by_patterns ? Laps() : 1}) * BlockBytes();
    const size_t spread = by_patterns ? StoredLaps(Laps()) * period : StoredBlocks({0, strip, 1});
    cell_bytes = AlignUp((spread + 1) * kFlat + (LastCell(s) + 2) * channels);
  }

  // The blocks of equal strips whose rings have at most so many bytes.
  size_t StripOf(size_t ring_bytes) const {
    const size_t most = std::max<size_t>(1, ring_bytes / (ring_rows * BlockBytes()));
    return CeilDiv(blocks, CeilDiv(blocks, most));
  }

  // Where a strip of neighbours meets each pattern few times only, reading weights takes longer
  // than products.
  void ChoosePatterns(int stride) {
    constexpr size_t kFewLaps = 4;
    // Each strip moves all cells of a row, one by one where there is a stride.
    const size_t ring_bytes = stride > 1 ? 3 * kChunkBytes / 2 : kChunkBytes;
    if (strip == blocks || strip >= kFewLaps * period || group_blocks % period != 0) return;
    const size_t most = ring_bytes / (ring_rows * StoredLaps(Laps()) * BlockBytes());
    if (most == 0) return;
    by_patterns = true;
    strip = CeilDiv(period, CeilDiv(period, std::min(most, period)));
  }

  size_t BlockBytes() const { return stored_groups * kBlockVectors * kFlat; }
  // From a group of taps to the next.
  size_t GroupBytes(const FlatStrip& of) const {
    if (group_blocks == 0) return kBlockVectors * kFlat;
    return (by_patterns ? group_blocks / period * of.width : group_blocks) * BlockBytes();
  }
  // Those that a row meets.
  size_t Patterns() const { return std::min(period, blocks); }
  size_t Laps() const { return CeilDiv(blocks, period); }
  // Laps to store for some that are computed.
  size_t StoredLaps(size_t laps) const {
    return by_patterns ? laps + (groups - 1) * (group_blocks / period) : laps;
  }
  size_t StoredWidth(const FlatStrip& of) const {
    return by_patterns ? of.width : of.width + (groups - 1) * group_blocks;
  }
  size_t StoredBlocks(const FlatStrip& of) const { return StoredLaps(of.laps) * StoredWidth(of); }
  // What is cut into strips.
  size_t Units() const { return by_patterns ? period : blocks; }
  size_t Strips() const { return CeilDiv(Units(), strip); }
  FlatStrip Strip(int strips, int index) const {
    const auto units = static_cast<int>(Units());
    const int first = PartBegin(units, strips, index);
    return {static_cast<size_t>(first),
            static_cast<size_t>(PartBegin(units, strips, index + 1) - first),
            by_patterns ? Laps() : 1};
  }
  // How many output pixels' strides the last tap of a row lies from the first, rounded down.
  static size_t LastCell(const Conv2dShape& s) {
    const Window2d& w = s.window;
    return static_cast<size_t>(w.width - 1) * static_cast<size_t>(w.dilation_width) /
           static_cast<size_t>(w.stride_width);
  }
  static size_t GroupBlocks(const Conv2dShape& s) {
    const int64_t cells = int64_t{kStepInputs} * s.window.dilation_width;
    const int64_t bytes = cells / s.window.stride_width * s.out_channels;
    const bool shares = s.window.width > kStepInputs && cells % s.window.stride_width == 0 &&
                        bytes % static_cast<int64_t>(kFlat) == 0;
    return shares ? static_cast<size_t>(bytes) / kFlat : 0;
  }
  size_t ThreadBytes(const Conv2dShape& s) const {
    return (ring_rows + 1) * row_bytes + static_cast<size_t>(s.window.stride_width) * cell_bytes;
  }
  // Where byte i of a block is, after interleaving: what unpacking within 128 bits makes of it.
  static size_t Column(size_t i) {
    constexpr size_t kLanes = kFlat / kBlockVectors;
    return i % 16 / 4 * kLanes + i / 16 * 4 + i % 4;
  }
};

#endif  // HWY_ARCH_X86 && BRINK_PACKS_BLOCKS

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_FLAT_LAYOUT_INL_H_
