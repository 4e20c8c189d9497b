// Input rows of an 8-bit depthwise convolution as quantized_flat_depthwise.cc takes them; compiled
// once a target of x86.
#if defined(BRINK_KERNELS_FLAT_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_FLAT_ROWS_INL_H_
#undef BRINK_KERNELS_FLAT_ROWS_INL_H_
#else
#define BRINK_KERNELS_FLAT_ROWS_INL_H_
#endif

#include <algorithm>

#include "brink/kernels/flat_layout-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if HWY_ARCH_X86 && BRINK_PACKS_BLOCKS

// Interleaves rows of a strip on demand and keeps those that the next windows share.
class FlatRows {
 public:
  FlatRows(const QuantizedConvProblem& p, const void* input, const FlatStrip& strip,
           std::byte* scratch)
      : s_(p.shape),
        layout_(p.shape),
        strip_(strip),
        first_pixel_(layout_.by_patterns ? 0 : strip.first_block * kFlat / layout_.channels),
        first_byte_(strip.first_block * kFlat - first_pixel_ * layout_.channels),
        input_(static_cast<const uint8_t*>(input)),
        input_end_(input_ + s_.in_elements()),
        sign_(hn::Set(kFlatTag, static_cast<uint8_t>(FlatShift(p)))),
        zero_(static_cast<uint8_t>(FlatZero(p))),
        rows_(reinterpret_cast<uint8_t*>(scratch)),
        cells_(rows_ + (layout_.ring_rows + 1) * layout_.row_bytes),
        in_place_(s_.window.stride_width > 1 && layout_.channels % kFlat == 0) {
    std::fill_n(held_, kMostRows, int64_t{-1});
    if (in_place_)  // a cell outside of the row
      std::fill_n(cells_, layout_.channels, static_cast<uint8_t>(zero_ ^ FlatShift(p)));
  }
  static constexpr size_t kMostRows = 64;

  // Row `y` of image `batch`; outside of the image a row of zero points.
  const uint8_t* Row(int64_t batch, int64_t y) {
    if (y < 0 || y >= s_.in_height) return ZeroRow();
    const size_t slot = static_cast<size_t>(y) % layout_.ring_rows;
    uint8_t* row = rows_ + (1 + slot) * layout_.row_bytes;
    const int64_t name = batch * s_.in_height + y;
    if (held_[slot] != name) {
      if (in_place_) {
        InterleaveInPlace(name, row);
      } else {
        for (int remainder = 0; remainder < s_.window.stride_width; ++remainder)
          SpreadCells(name, remainder);
        Interleave(row);
      }
      held_[slot] = name;
    }
    return row;
  }

 private:
  const uint8_t* ZeroRow() {
    if (!has_zero_row_) {
      std::fill_n(reinterpret_cast<PackedInput*>(rows_), layout_.row_bytes / sizeof(PackedInput),
                  PackedInput{zero_});
      has_zero_row_ = true;
    }
    return rows_;
  }

  // Moves stored values to [0, 255]. May write up to kFlat bytes behind the last. Static, as every
  // store of bytes could change a member.
  static HWY_INLINE void Copy(const uint8_t* from, const uint8_t* end, FlatBytes sign, uint8_t* to,
                              size_t count) {
    size_t i = 0;
    for (; i < count && from + i + kFlat <= end; i += kFlat)
      hn::StoreU(hn::Xor(hn::LoadU(kFlatTag, from + i), sign), kFlatTag, to + i);
    for (; i < count; ++i) to[i] = from[i] ^ hn::GetLane(sign);
  }

  // `count` cells of `bytes` bytes, `step` apart.
  struct Cells {
    const uint8_t* from;
    const uint8_t* end;  // of what may be read
    uint8_t* to;
    size_t count;
    size_t step;
    size_t bytes;
  };

  // Copies each cell as Copy does, of half a vector's bytes at most: whole vectors would overlap
  // several that were written before.
  static void CopyShort(const Cells& cells, FlatBytes sign) {
    if constexpr (kFlat > 32) {
      if (cells.bytes > 16) return CopyShortBy(hn::CappedTag<uint8_t, 32>(), cells, sign);
    }
    CopyShortBy(hn::CappedTag<uint8_t, 16>(), cells, sign);
  }

  template <class D>
  static HWY_INLINE void CopyShortBy(D d, const Cells& cells, FlatBytes sign) {
    const auto signs = hn::Set(d, hn::GetLane(sign));
    const auto [from, end, to, count, step, bytes] = cells;
    size_t i = 0;
    for (; i < count && from + i * step + hn::MaxLanes(d) <= end; ++i)
      hn::StoreU(hn::Xor(hn::LoadU(d, from + i * step), signs), d, to + i * bytes);
    for (; i < count; ++i) Copy(from + i * step, end, sign, to + i * bytes, bytes);
  }

  // The cells, from the strip's first pixel's on, whose places behind the padding's first one leave
  // `remainder` when divided by the stride: neighbouring pixels' cells for one tap then lie side by
  // side.
  void SpreadCells(int64_t image_row, int remainder) const {
    const size_t c = layout_.channels;
    const int64_t stride = s_.window.stride_width;
    const int64_t first =
        remainder - int64_t{s_.window.pad_left} + static_cast<int64_t>(first_pixel_) * stride;
    const auto count = static_cast<int64_t>((layout_.cell_bytes - kFlat) / c);
    const uint8_t* from = input_ + static_cast<size_t>(image_row * s_.in_width) * c;
    uint8_t* to = cells_ + static_cast<size_t>(remainder) * layout_.cell_bytes;
    // Cells [begin, end) lie inside of the row.
    const int64_t begin =
        std::clamp<int64_t>(first >= 0 ? 0 : (stride - 1 - first) / stride, 0, count);
    const int64_t behind = s_.in_width - first;
    const int64_t end =
        std::clamp<int64_t>(behind <= 0 ? 0 : (behind + stride - 1) / stride, begin, count);
    std::fill_n(to, static_cast<size_t>(begin) * c, zero_);
    const FlatBytes sign = sign_;
    const uint8_t* input_end = input_end_;
    if (stride == 1) {
      Copy(from + static_cast<size_t>(begin + first) * c, input_end, sign,
           to + static_cast<size_t>(begin) * c, static_cast<size_t>(end - begin) * c);
    } else {
      const uint8_t* cell = from + static_cast<size_t>(begin * stride + first) * c;
      uint8_t* place = to + static_cast<size_t>(begin) * c;
      const size_t step = static_cast<size_t>(stride) * c;
      if (c <= kFlat / 2) {
        CopyShort({cell, input_end, place, static_cast<size_t>(end - begin), step, c}, sign);
      } else {
        for (int64_t x = begin; x < end; ++x, cell += step, place += c)
          Copy(cell, input_end, sign, place, c);
      }
    }
    std::fill(to + static_cast<size_t>(end) * c, to + layout_.cell_bytes, zero_);
  }

  const uint8_t* TapRow(size_t tap) const {
    const size_t last = static_cast<size_t>(s_.window.width - 1);
    const size_t place = std::min(tap, last) * static_cast<size_t>(s_.window.dilation_width);
    const auto stride = static_cast<size_t>(s_.window.stride_width);
    return cells_ + place % stride * layout_.cell_bytes + place / stride * layout_.channels +
           first_byte_;
  }

  // A group's taps beyond the window's last repeat it: their weights are 0.
  void Interleave(uint8_t* row) const {
    // Apart, as every store of bytes could change a member.
    const size_t bytes = layout_.StoredWidth(strip_) * kFlat;
    const size_t step = layout_.BlockBytes();
    const size_t laps = layout_.StoredLaps(strip_.laps);
    const size_t lap_bytes = layout_.period * kFlat;
    for (size_t g = 0; g < layout_.stored_groups; ++g) {
      const uint8_t* taps[kStepInputs];
      for (size_t i = 0; i < kStepInputs; ++i) taps[i] = TapRow(g * kStepInputs + i);
      uint8_t* to = row + g * kBlockVectors * kFlat;
      for (size_t lap = 0; lap < laps; ++lap) {
        const size_t from = lap * lap_bytes;
        for (size_t at = from; at < from + bytes; at += kFlat, to += step)
          InterleaveBlock<false>(taps, at, sign_, to);
      }
    }
  }

  // The same of cells where they are, with strides and cells of whole blocks: to put them side by
  // side first takes as long as to interleave them.
  HWY_NOINLINE void InterleaveInPlace(int64_t image_row, uint8_t* row) const {
    const Window2d& w = s_.window;
    const auto c = static_cast<int64_t>(layout_.channels);
    const int64_t row_bytes = c * s_.in_width;
    const uint8_t* from = input_ + image_row * row_bytes;
    const uint8_t* outside = cells_;
    const size_t first = layout_.by_patterns ? strip_.first_block : 0;
    const size_t end = layout_.by_patterns ? first + strip_.width : layout_.period;
    const size_t step = layout_.BlockBytes();
    const FlatBytes sign = sign_;
    for (size_t g = 0; g < layout_.stored_groups; ++g) {
      int64_t at[kStepInputs];  // bytes of the row in front of a tap's cell
      for (size_t i = 0; i < kStepInputs; ++i) {
        const size_t tap = std::min(g * kStepInputs + i, static_cast<size_t>(w.width - 1));
        at[i] = c * (static_cast<int64_t>(first_pixel_) * w.stride_width - w.pad_left +
                     static_cast<int64_t>(tap) * w.dilation_width);
      }
      uint8_t* to = row + g * kBlockVectors * kFlat;
      size_t block = layout_.by_patterns ? first : first_byte_ / kFlat;
      for (size_t left = layout_.StoredBlocks(strip_); left > 0; block = first) {
        const uint8_t* taps[kStepInputs];
        for (size_t i = 0; i < kStepInputs; ++i) {
          taps[i] = at[i] >= 0 && at[i] < row_bytes ? from + at[i] : outside;
          at[i] += c * w.stride_width;
        }
        for (; block < end && left > 0; ++block, --left, to += step)
          InterleaveBlock<true>(taps, block * kFlat, sign, to);
      }
    }
  }

  // Bytes are stored ones where kMoves, which `sign` moves to [0, 255].
  template <bool kMoves>
  static HWY_INLINE void InterleaveBlock(const uint8_t* const (&taps)[kStepInputs], size_t at,
                                         FlatBytes sign, uint8_t* to) {
    constexpr hn::Repartition<uint16_t, FlatTag> kPairs;
    const auto load = [&](size_t tap) HWY_ATTR {
      const FlatBytes bytes = hn::LoadU(kFlatTag, taps[tap] + at);
      return kMoves ? hn::Xor(bytes, sign) : bytes;
    };
    const FlatBytes a = load(0);
    const FlatBytes b = load(1);
    const FlatBytes ab_low = hn::InterleaveLower(kFlatTag, a, b);
    const FlatBytes ab_high = hn::InterleaveUpper(kFlatTag, a, b);
    const auto store = [&](size_t v, auto both) HWY_ATTR {
      hn::StoreU(hn::BitCast(kFlatTag, both), kFlatTag, to + v * kFlat);
    };
    if constexpr (kStepInputs == 4) {
      const FlatBytes c = load(2);
      const FlatBytes d = load(kStepInputs - 1);
      const auto pairs = [&](FlatBytes bytes) HWY_ATTR { return hn::BitCast(kPairs, bytes); };
      const auto cd_low = pairs(hn::InterleaveLower(kFlatTag, c, d));
      const auto cd_high = pairs(hn::InterleaveUpper(kFlatTag, c, d));
      store(0, hn::InterleaveLower(kPairs, pairs(ab_low), cd_low));
      store(1, hn::InterleaveUpper(kPairs, pairs(ab_low), cd_low));
      store(2, hn::InterleaveLower(kPairs, pairs(ab_high), cd_high));
      store(3, hn::InterleaveUpper(kPairs, pairs(ab_high), cd_high));
    } else {
      const FlatBytes zero = hn::Zero(kFlatTag);
      store(0, hn::InterleaveLower(kFlatTag, ab_low, zero));
      store(1, hn::InterleaveUpper(kFlatTag, ab_low, zero));
      store(2, hn::InterleaveLower(kFlatTag, ab_high, zero));
      store(3, hn::InterleaveUpper(kFlatTag, ab_high, zero));
    }
  }

  const Conv2dShape& s_;
  const FlatLayout layout_;
  const FlatStrip strip_;
  const size_t first_pixel_;
  const size_t first_byte_;  // of the strip in that pixel
  const uint8_t* input_;
  const uint8_t* input_end_;
  const FlatBytes sign_;
  const uint8_t zero_;
  uint8_t* rows_;
  uint8_t* cells_;
  const bool in_place_;
  bool has_zero_row_ = false;
  int64_t held_[kMostRows];
};

#endif  // HWY_ARCH_X86 && BRINK_PACKS_BLOCKS

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_FLAT_ROWS_INL_H_
