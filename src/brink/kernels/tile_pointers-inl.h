// Where direct convolutions find the inputs of a tile's windows, compiled once a CPU target.
#if defined(BRINK_KERNELS_TILE_POINTERS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_TILE_POINTERS_INL_H_
#undef BRINK_KERNELS_TILE_POINTERS_INL_H_
#else
#define BRINK_KERNELS_TILE_POINTERS_INL_H_
#endif

#include <algorithm>
#include <cstring>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Rows whose pointers are found together, and those of the largest tile filled up to as many.
using PointerTag = hn::CappedTag<size_t, 8>;
inline constexpr size_t kRowsTogether = hn::MaxLanes(PointerTag());
inline constexpr size_t kFilledTileRows =
    CeilDiv<size_t>(kMostTileRows, kRowsTogether) * kRowsTogether;

// Where the segments of a tile's windows start. Counts by size_t and places by int, which sums of
// extents, windows and pads fit: 64 bits take 32-bit ARM several instructions each.
class TilePointers {
 public:
  // Tiles of `rows` pixels, at most kMostTileRows; `zeros` are as long as the longest segment, and
  // `table` has room for as many pointers as a window has cells for each row, the last cell's
  // filled up to whole kRowsTogether.
  TilePointers(const Conv2dShape& s, int rows, const float* input, const float* zeros,
               const float** table)
      : s_(s),
        input_(input),
        zeros_(zeros),
        table_(table),
        rows_(static_cast<size_t>(rows)),
        depth_(static_cast<size_t>(s.in_channels / s.groups)),
        channels_(static_cast<size_t>(s.in_channels)),
        step_(rows_ * static_cast<size_t>(s.window.stride_width) * channels_),
        joins_(s.groups == 1 && (s.window.dilation_width == 1 || s.window.width == 1)),
        pointwise_(IsPointwise(s)) {}

  // Points `tile` at the windows of pixels [first, first + rows) of a group; pixels
  // beyond the last repeat it. The tile is the same from call to call.
  HWY_INLINE void Fill(size_t first, int group, Tile& tile) {
    if (followers_ == 0 || first != follows_ || group != group_) return Find(first, group, tile);
    // All pointers move on by a tile.
    for (size_t i = 0; i < count_; ++i) table_[i] += step_;
    follows_ += rows_;
    --followers_;
  }

 private:
  // The first cell of a pixel's window: its place in the input, where it may not lie, and then the
  // offset is the true one modulo size_t's range.
  struct Corner {
    size_t offset;  // floats
    int y;
    int x;
  };

  // Those of a tile, offsets in bytes, places modulo size_t's range.
  struct Corners {
    HWY_ALIGN size_t offset[kFilledTileRows] = {};
    HWY_ALIGN size_t y[kFilledTileRows] = {};
    HWY_ALIGN size_t x[kFilledTileRows] = {};
    bool across = true;  // no window leaves the input to the left or right
    bool down = true;    // none above or below
  };

  int ReachX() const { return (s_.window.width - 1) * s_.window.dilation_width; }
  int ReachY() const { return (s_.window.height - 1) * s_.window.dilation_height; }
  size_t RowStep() const {
    return static_cast<size_t>(s_.window.dilation_height) * static_cast<size_t>(s_.in_width) *
           channels_;
  }
  size_t TapStep() const { return static_cast<size_t>(s_.window.dilation_width) * channels_; }
  // Of an output pixel.
  Corner CornerAt(int64_t batch, int out_y, int out_x) const {
    const int y = out_y * s_.window.stride_height - s_.window.pad_top;
    const int x = out_x * s_.window.stride_width - s_.window.pad_left;
    const size_t row =
        static_cast<size_t>(batch) * static_cast<size_t>(s_.in_height) + static_cast<size_t>(y);
    return {(row * static_cast<size_t>(s_.in_width) + static_cast<size_t>(x)) * channels_, y, x};
  }

  // Fill of a tile that does not follow.
  HWY_NOINLINE void Find(size_t first, int group, Tile& tile) {
    const float* base = input_ + static_cast<size_t>(group) * depth_;
    tile.rows = table_;
    tile.row_step = rows_;
    followers_ = 0;
    group_ = group;
    if (pointwise_) return FindPixels(first, base, tile);
    if (FindRun(first, base, tile)) return;
    Corners corners;
    FindCorners(first, corners);
    const int taps = corners.across && joins_ ? 1 : s_.window.width;
    const auto fill = corners.across && corners.down ? &TilePointers::FillTable<false>
                                                     : &TilePointers::FillTable<true>;
    (this->*fill)(corners, base, taps);
    SetRun(tile, taps);
  }

  // The same where a pixel's window is the input pixel of its place.
  void FindPixels(size_t first, const float* base, Tile& tile) {
    const size_t left = static_cast<size_t>(s_.out_pixels()) - first;
    const float* at = base + first * channels_;
    for (size_t r = 0; r < rows_; ++r) {
      table_[r] = at;
      if (r + 1 < left) at += channels_;
    }
    tile.segments = 1;
    count_ = rows_;
    tile.run = depth_;
    if (left >= rows_) SetFollowers(first, left / rows_ - 1);
  }

  // The same where the pixels lie next to each other and their windows in the input whole, as most
  // do: to find each on its own took a third of a convolution of three channels.
  bool FindRun(size_t first, const float* base, Tile& tile) {
    const auto [row, x] = SplitIndex(static_cast<int64_t>(first), s_.out_width);
    const int rows = static_cast<int>(rows_);
    if (rows > s_.out_width - x) return false;
    const auto [batch, y] = SplitIndex(row, s_.out_height);
    const Window2d& w = s_.window;
    const Corner corner = CornerAt(batch, y, x);
    const int64_t last_x = corner.x + int64_t{1} * (rows - 1) * w.stride_width + ReachX();
    if (corner.x < 0 || last_x >= s_.in_width) return false;
    if (corner.y < 0 || corner.y + ReachY() >= s_.in_height) return false;
    const int taps = joins_ ? 1 : w.width;
    FillRows(base + corner.offset, taps);
    SetRun(tile, taps);
    // As many as the row of pixels has, and as lie inside; none of it leaves 32 bits.
    const auto tile_step = static_cast<uint32_t>(rows) * static_cast<uint32_t>(w.stride_width);
    const auto in_row = static_cast<uint32_t>(s_.out_width - x) / static_cast<uint32_t>(rows) - 1;
    const auto inside = static_cast<uint32_t>(s_.in_width - 1 - last_x) / tile_step;
    SetFollowers(first, std::min(in_row, inside));
    return true;
  }

  void SetFollowers(size_t first, size_t followers) {
    follows_ = first + rows_;
    followers_ = followers;
  }

  void FillRows(const float* from, int taps) {
    const size_t step = static_cast<size_t>(s_.window.stride_width) * channels_;
    const size_t tap_step = TapStep();
    const size_t row_step = RowStep();
    const float** to = table_;
    for (int ky = 0; ky < s_.window.height; ++ky, from += row_step) {
      const float* tap = from;
      for (int kx = 0; kx < taps; ++kx, tap += tap_step) {
        const float* at = tap;
        for (size_t r = 0; r < rows_; ++r, at += step) *to++ = at;
      }
    }
  }

  // `taps` segments make a window's row.
  void SetRun(Tile& tile, int taps) {
    tile.segments = static_cast<size_t>(s_.window.height) * static_cast<size_t>(taps);
    tile.run = taps == 1 ? depth_ * static_cast<size_t>(s_.window.width) : depth_;
    count_ = tile.segments * rows_;
  }

  void FindCorners(size_t first, Corners& corners) const {
    const auto [row, first_column] = SplitIndex(static_cast<int64_t>(first), s_.out_width);
    const IndexPair place = SplitIndex(row, s_.out_height);
    int64_t batch = place.outer;
    int y = place.inner;
    int column = first_column;
    const size_t step = static_cast<size_t>(s_.window.stride_width) * channels_;
    const int end_x = s_.in_width - ReachX();
    const int end_y = s_.in_height - ReachY();
    Corner corner = CornerAt(batch, y, column);
    for (size_t r = 0;;) {
      corners.offset[r] = corner.offset * sizeof(float);
      corners.y[r] = static_cast<size_t>(corner.y);
      corners.x[r] = static_cast<size_t>(corner.x);
      corners.across = corners.across && corner.x >= 0 && corner.x < end_x;
      corners.down = corners.down && corner.y >= 0 && corner.y < end_y;
      if (++r == rows_) return;
      if (column + 1 < s_.out_width) {
        ++column;
        corner.x += s_.window.stride_width;
        corner.offset += step;
      } else if (y + 1 < s_.out_height || batch + 1 < s_.batch) {
        column = 0;
        y = y + 1 < s_.out_height ? y + 1 : 0;
        batch += y == 0 ? 1 : 0;
        corner = CornerAt(batch, y, column);
      }
    }
  }

  // Some rows of all cells at a time, the first ones last: what is written behind a cell's last row
  // is the next cell's, or behind the table's end, where there is room.
  template <bool kChecks>
  void FillTable(const Corners& corners, const float* base, int taps) const {
    constexpr PointerTag d;
    const auto height = hn::Set(d, static_cast<size_t>(s_.in_height));
    const auto width = hn::Set(d, static_cast<size_t>(s_.in_width));
    const auto zeros = hn::Set(d, reinterpret_cast<size_t>(zeros_));
    const auto tap_step = hn::Set(d, TapStep() * sizeof(float));
    const auto row_step = hn::Set(d, RowStep() * sizeof(float));
    const auto down = hn::Set(d, static_cast<size_t>(s_.window.dilation_height));
    const auto right = hn::Set(d, static_cast<size_t>(s_.window.dilation_width));
    for (size_t end = CeilDiv(rows_, kRowsTogether) * kRowsTogether; end != 0;
         end -= kRowsTogether) {
      const size_t r = end - kRowsTogether;
      auto row =
          hn::Add(hn::Load(d, corners.offset + r), hn::Set(d, reinterpret_cast<size_t>(base)));
      auto y = hn::Load(d, corners.y + r);
      const auto first_x = hn::Load(d, corners.x + r);
      const float** to = table_ + r;
      // Unsigned, what lies before the input is beyond it too.
      for (int ky = 0; ky < s_.window.height; ++ky) {
        const auto lies = hn::Lt(y, height);
        auto x = first_x;
        auto at = row;
        for (int kx = 0; kx < taps; ++kx) {
          auto pointer = at;
          if constexpr (kChecks) {
            pointer = hn::IfThenElse(hn::And(lies, hn::Lt(x, width)), at, zeros);
            x = hn::Add(x, right);
          }
          std::memcpy(to, &pointer, sizeof(pointer));
          at = hn::Add(at, tap_step);
          to += rows_;
        }
        y = hn::Add(y, down);
        row = hn::Add(row, row_step);
      }
    }
  }

  const Conv2dShape& s_;
  const float* input_;
  const float* zeros_;
  const float** table_;
  size_t rows_;
  size_t depth_;     // input channels of a group
  size_t channels_;  // of all groups
  size_t step_;      // floats from a tile to one that follows it
  bool joins_;       // a window's row is contiguous where it lies inside the input
  bool pointwise_;   // a pixel's window is that pixel
  // What Find has found: pixel follows_ of the group begins a tile that is as far from the one
  // before as that lies inside, and so are so many tiles in all.
  size_t follows_ = 0;
  size_t followers_ = 0;
  size_t count_ = 0;  // pointers
  int group_ = 0;
};

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_TILE_POINTERS_INL_H_
