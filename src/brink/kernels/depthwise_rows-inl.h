// Input rows of an 8-bit depthwise convolution, rearranged so that neighbouring taps of a channel
// lie side by side; compiled once a CPU target.
#if defined(BRINK_KERNELS_DEPTHWISE_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_DEPTHWISE_ROWS_INL_H_
#undef BRINK_KERNELS_DEPTHWISE_ROWS_INL_H_
#else
#define BRINK_KERNELS_DEPTHWISE_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstring>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/int_packing-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

inline constexpr int kBlock = kIntLanes * kVectorsTogether;  // channels summed together
// Channels of a task: their rearranged rows stay in the first cache.
inline constexpr int kChunk = std::max(64, kBlock);

// A cell's block of channels in packed form.
inline constexpr hn::FixedTag<PackedInput, kBlock> kPacked{};
using PackedVector = hn::Vec<hn::FixedTag<PackedInput, kBlock>>;

// How a problem is rearranged. A row of input becomes [positions][channels][kStepInputs], where a
// position holds the kStepInputs cells from one on, a dilation apart. A window's row is `groups`
// positions.
struct DepthwiseLayout {
  int groups;
  int positions;
  int pixel_step;  // positions from output pixel to output pixel
  int group_step;  // positions from group to group
  int cell_step;   // input cells from position to position
  int ring_rows;   // input rows that a window spans
  int blocks;      // of kBlock channels

  explicit DepthwiseLayout(const Conv2dShape& s) {
    const Window2d& w = s.window;
    groups = CeilDiv(w.width, kStepInputs);
    // Where one group makes a row, only the positions that output pixels start at are made.
    pixel_step = groups == 1 ? 1 : w.stride_width;
    cell_step = groups == 1 ? w.stride_width : 1;
    group_step = kStepInputs * w.dilation_width;
    positions = (s.out_width - 1) * pixel_step + (groups - 1) * group_step + 1;
    ring_rows = (w.height - 1) * w.dilation_height + 1;
    blocks = CeilDiv(s.out_channels, kBlock);
  }
  // Inputs of one row of one chunk.
  size_t RowInputs(int channels) const {
    return static_cast<size_t>(positions) * static_cast<size_t>(CeilDiv(channels, kBlock)) *
           kBlock * kStepInputs;
  }
  // A block's packed bytes: its header, then [height][groups][kBlock][kStepInputs] weights.
  size_t BlockBytes(const Window2d& w) const {
    return kBlock * (kPanelHeaderRows * sizeof(int32_t) + static_cast<size_t>(w.height) *
                                                              static_cast<size_t>(groups) *
                                                              kStepInputs * sizeof(PackedWeight));
  }
};

// Rearranges rows of a chunk of channels on demand and keeps those that the next windows share.
template <class T>
class RowRing {
 public:
  RowRing(const QuantizedConvProblem& p, const void* input, ChannelRange chunk, std::byte* scratch)
      : s_(p.shape),
        layout_(p.shape),
        input_(static_cast<const T*>(input)),
        input_end_(input_ + s_.in_elements()),
        chunk_(chunk),
        multiplier_(s_.out_channels / s_.in_channels),
        shift_(InputShift(p)),
        zero_(static_cast<PackedInput>(PackedInputZero(p))),
        row_inputs_(layout_.RowInputs(chunk.count)),
        rows_(reinterpret_cast<PackedInput*>(scratch)) {
    std::fill_n(rows_, row_inputs_, zero_);
    std::fill_n(held_, kMostRows, int64_t{-1});
  }

  // Row `y` of image `batch`; outside of the image a row of zero points.
  const PackedInput* Row(int64_t batch, int64_t y) {
    if (y < 0 || y >= s_.in_height) return rows_;
    // Of 32 bits: a division of 64 takes 32-bit ARM a hundred instructions.
    const size_t slot = static_cast<uint32_t>(y) % static_cast<uint32_t>(layout_.ring_rows);
    PackedInput* row = rows_ + (1 + slot) * row_inputs_;
    const int64_t name = batch * s_.in_height + y;
    if (held_[slot] != name) {
      Rearrange(name, row);
      held_[slot] = name;
    }
    return row;
  }

 private:
  static constexpr size_t kMostRows = 64;

  void Rearrange(int64_t image_row, PackedInput* to) const {
    const T* from =
        input_ + static_cast<size_t>(image_row * s_.in_width) * static_cast<size_t>(s_.in_channels);
    for (int position = 0; position < layout_.positions; ++position) {
      const int64_t first = int64_t{1} * position * layout_.cell_step - s_.window.pad_left;
      const T* cells[kStepInputs];  // null outside of the row
      for (int i = 0; i < kStepInputs; ++i) {
        const int64_t x = first + int64_t{1} * i * s_.window.dilation_width;
        const bool inside = x >= 0 && x < s_.in_width;
        cells[i] =
            inside ? from + static_cast<size_t>(x) * static_cast<size_t>(s_.in_channels) : nullptr;
      }
      for (int c = 0; c < chunk_.count; c += kBlock) {
        Cells block;
        for (int i = 0; i < kStepInputs; ++i) {
          block.at[i] = cells[i] == nullptr ? hn::Set(kPacked, zero_) : LoadChannels(cells[i], c);
        }
        Interleave(block, to);
        to += kBlock * kStepInputs;
      }
    }
  }

  struct Cells {
    PackedVector at[kStepInputs];
  };

  // The chunk's channels from `c` on, packed; those behind the last are arbitrary.
  HWY_INLINE PackedVector LoadChannels(const T* cell, int c) const {
    constexpr hn::FixedTag<T, kBlock> kStored;
    const int count = std::min(kBlock, chunk_.count - c);
    const int first = chunk_.first + c;
    if (multiplier_ == 1 && cell + first + kBlock <= input_end_) {
      return Pack(hn::LoadU(kStored, cell + first));
    }
    T some[kBlock] = {};
    if (multiplier_ == 1) {
      std::memcpy(some, cell + first, static_cast<size_t>(count));
    } else {
      for (int i = 0; i < count; ++i) some[i] = cell[(first + i) / multiplier_];
    }
    return Pack(hn::LoadU(kStored, some));
  }

  HWY_INLINE PackedVector Pack(hn::Vec<hn::FixedTag<T, kBlock>> stored) const {
    const PackedVector shift = hn::Set(kPacked, static_cast<PackedInput>(shift_));
    if constexpr (kBytes) {
      return hn::Add(hn::BitCast(kPacked, stored), shift);
    } else {
      return hn::Add(hn::PromoteTo(kPacked, stored), shift);
    }
  }

  static HWY_INLINE void Interleave(const Cells& cells, PackedInput* to) {
    if constexpr (kStepInputs == 4) {
      hn::StoreInterleaved4(cells.at[0], cells.at[1], cells.at[2], cells.at[kStepInputs - 1],
                            kPacked, to);
    } else if constexpr (kStepInputs == 2) {
      hn::StoreInterleaved2(cells.at[0], cells.at[kStepInputs - 1], kPacked, to);
    } else {
      hn::StoreU(cells.at[0], kPacked, to);
    }
  }

  const Conv2dShape& s_;
  DepthwiseLayout layout_;
  const T* input_;
  const T* input_end_;
  ChannelRange chunk_;
  int multiplier_;
  int32_t shift_;
  PackedInput zero_;
  size_t row_inputs_;
  PackedInput* rows_;
  int64_t held_[kMostRows];
};

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_DEPTHWISE_ROWS_INL_H_
