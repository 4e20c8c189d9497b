// Where direct convolutions find the inputs of a tile's windows, compiled once a CPU target.
#if defined(BRINK_KERNELS_TILE_POINTERS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_TILE_POINTERS_INL_H_
#undef BRINK_KERNELS_TILE_POINTERS_INL_H_
#else
#define BRINK_KERNELS_TILE_POINTERS_INL_H_
#endif

#include <algorithm>
#include <span>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Where the segments of a tile's windows start. Counts by size_t and places by int, which sums of
// extents, windows and pads fit: 64 bits take 32-bit ARM several instructions each.
class TilePointers {
 public:
  // Tiles of `rows` pixels, at most kMostTileRows; `zeros` are as long as the longest segment, and
  // `table` has room for as many pointers as a window has cells for each row.
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

  int ReachX() const { return (s_.window.width - 1) * s_.window.dilation_width; }
  int ReachY() const { return (s_.window.height - 1) * s_.window.dilation_height; }
  size_t RowStep() const {
    return static_cast<size_t>(s_.window.dilation_height) * static_cast<size_t>(s_.in_width) *
           channels_;
  }
  size_t TapStep() const { return static_cast<size_t>(s_.window.dilation_width) * channels_; }
  Corner CornerOf(const OutputPixel& pixel) const {
    const auto width = static_cast<size_t>(s_.in_width);
    const auto row = static_cast<size_t>(pixel.batch) * static_cast<size_t>(s_.in_height) +
                     static_cast<size_t>(pixel.y);
    return {(row * width + static_cast<size_t>(pixel.x)) * channels_, static_cast<int>(pixel.y),
            static_cast<int>(pixel.x)};
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
    Corner all[kMostTileRows];
    const std::span corners(all, rows_);
    bool joined = joins_;
    bool inside = true;
    PixelWalk walk(s_, static_cast<int64_t>(first));
    for (Corner& corner : corners) {
      corner = CornerOf(walk.Next());
      joined = joined && corner.x >= 0 && corner.x + ReachX() < s_.in_width;
      inside = inside && corner.y >= 0 && corner.y + ReachY() < s_.in_height;
    }
    const int taps = joined ? 1 : s_.window.width;
    if (joined && inside) {
      FillInside(corners, base);
    } else {
      FillChecked(corners, base, taps);
    }
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
    const Corner corner = CornerOf({batch, int64_t{y} * w.stride_height - w.pad_top,
                                    int64_t{x} * w.stride_width - w.pad_left});
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

  void FillInside(std::span<const Corner> corners, const float* base) const {
    const float** to = table_;
    const size_t row_step = RowStep();
    for (int ky = 0; ky < s_.window.height; ++ky, base += row_step) {
      for (const Corner& corner : corners) *to++ = base + corner.offset;
    }
  }

  void FillChecked(std::span<const Corner> corners, const float* base, int taps) const {
    const auto height = static_cast<uint32_t>(s_.in_height);
    const auto width = static_cast<uint32_t>(s_.in_width);
    const size_t tap_step = TapStep();
    const float** to = table_;
    for (int ky = 0; ky < s_.window.height; ++ky) {
      const int down = ky * s_.window.dilation_height;
      size_t step = static_cast<size_t>(ky) * RowStep();
      for (int kx = 0; kx < taps; ++kx, step += tap_step) {
        const int right = kx * s_.window.dilation_width;
        for (const Corner& corner : corners) {
          // Unsigned, what lies before the input is beyond it too.
          const bool lies = static_cast<uint32_t>(corner.y + down) < height &&
                            static_cast<uint32_t>(corner.x + right) < width;
          *to++ = lies ? base + (corner.offset + step) : zeros_;
        }
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
