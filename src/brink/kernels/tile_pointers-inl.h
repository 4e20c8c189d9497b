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

// Where the segments of a tile's windows start.
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
        rows_(rows),
        pixels_(s.out_pixels()),
        depth_(static_cast<size_t>(s.in_channels / s.groups)),
        joins_(s.groups == 1 && (s.window.dilation_width == 1 || s.window.width == 1)),
        pointwise_(IsPointwise(s)) {}

  // Points `tile` at the windows of pixels [first, first + rows) of a group; pixels
  // beyond the last repeat it. The tile is the same from call to call.
  void Fill(int64_t first, int group, Tile& tile) {
    const float* base = input_ + static_cast<size_t>(group) * depth_;
    tile.rows = table_;
    tile.row_step = static_cast<size_t>(rows_);
    if (pointwise_) {
      FillPixels(first, base);
      tile.segments = 1;
      tile.run = depth_;
      return;
    }
    if (followers_ > 0 && first == follows_ && group == group_) return Follow();
    followers_ = 0;
    group_ = group;
    if (FillRun(first, base, tile)) return;
    Corner all[kMostTileRows];
    const std::span corners(all, static_cast<size_t>(rows_));
    bool joined = joins_;
    bool inside = true;
    PixelWalk walk(s_, first);
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

 private:
  // The first cell of a pixel's window: its place in the input, where it may not lie.
  struct Corner {
    int64_t offset;  // floats
    int64_t y;
    int64_t x;
  };

  int64_t ReachX() const { return int64_t{1} * (s_.window.width - 1) * s_.window.dilation_width; }
  int64_t ReachY() const { return int64_t{1} * (s_.window.height - 1) * s_.window.dilation_height; }
  int64_t RowStep() const {
    return int64_t{1} * s_.window.dilation_height * s_.in_width * s_.in_channels;
  }
  Corner CornerOf(const OutputPixel& pixel) const {
    const int64_t cell = (pixel.batch * s_.in_height + pixel.y) * s_.in_width + pixel.x;
    return {cell * s_.in_channels, pixel.y, pixel.x};
  }

  // The same where a pixel's window is the input pixel of its place.
  void FillPixels(int64_t first, const float* base) {
    const auto channels = static_cast<size_t>(s_.in_channels);
    const int64_t left = pixels_ - first;
    const float* at = base + static_cast<size_t>(first) * channels;
    if (left >= rows_) {
      for (int r = 0; r < rows_; ++r, at += channels) table_[r] = at;
      return;
    }
    for (int r = 0; r < rows_; ++r) {
      table_[r] = at;
      if (r + 1 < left) at += channels;
    }
  }

  // The same where the pixels lie next to each other and their windows in the input whole, as most
  // do: to find each on its own took a third of a convolution of three channels.
  bool FillRun(int64_t first, const float* base, Tile& tile) {
    const auto [row, x] = SplitIndex(first, s_.out_width);
    if (int64_t{x} + rows_ > s_.out_width) return false;
    const auto [batch, y] = SplitIndex(row, s_.out_height);
    const Window2d& w = s_.window;
    const Corner corner = CornerOf({batch, int64_t{y} * w.stride_height - w.pad_top,
                                    int64_t{x} * w.stride_width - w.pad_left});
    const int64_t last_x = corner.x + int64_t{1} * (rows_ - 1) * w.stride_width + ReachX();
    if (corner.x < 0 || last_x >= s_.in_width) return false;
    if (corner.y < 0 || corner.y + ReachY() >= s_.in_height) return false;
    const int taps = joins_ ? 1 : w.width;
    FillRows(base + corner.offset, taps);
    SetRun(tile, taps);
    follows_ = first + rows_;
    const int64_t tile_step = int64_t{1} * rows_ * w.stride_width;
    followers_ =
        std::min((s_.out_width - int64_t{x}) / rows_ - 1, (s_.in_width - 1 - last_x) / tile_step);
    return true;
  }

  void FillRows(const float* from, int taps) {
    const int64_t step = int64_t{1} * s_.window.stride_width * s_.in_channels;
    const int64_t tap_step = int64_t{1} * s_.window.dilation_width * s_.in_channels;
    const int64_t row_step = RowStep();
    const float** to = table_;
    for (int ky = 0; ky < s_.window.height; ++ky, from += row_step) {
      for (int kx = 0; kx < taps; ++kx) {
        const float* at = from + kx * tap_step;
        for (int r = 0; r < rows_; ++r, at += step) *to++ = at;
      }
    }
  }

  // Moves all to the tile behind the one that FillRun has found.
  void Follow() {
    const int64_t step = int64_t{1} * rows_ * s_.window.stride_width * s_.in_channels;
    const size_t count = segments_ * static_cast<size_t>(rows_);
    for (size_t i = 0; i < count; ++i) table_[i] += step;
    follows_ += rows_;
    --followers_;
  }

  // `taps` segments make a window's row.
  void SetRun(Tile& tile, int taps) {
    segments_ = static_cast<size_t>(s_.window.height) * static_cast<size_t>(taps);
    tile.segments = segments_;
    tile.run = taps == 1 ? depth_ * static_cast<size_t>(s_.window.width) : depth_;
  }

  void FillInside(std::span<const Corner> corners, const float* base) const {
    const float** to = table_;
    const int64_t row_step = RowStep();
    for (int ky = 0; ky < s_.window.height; ++ky, base += row_step) {
      for (const Corner& corner : corners) *to++ = base + corner.offset;
    }
  }

  void FillChecked(std::span<const Corner> corners, const float* base, int taps) const {
    const auto height = static_cast<uint64_t>(s_.in_height);
    const auto width = static_cast<uint64_t>(s_.in_width);
    const float** to = table_;
    for (int ky = 0; ky < s_.window.height; ++ky) {
      const int64_t down = int64_t{1} * ky * s_.window.dilation_height;
      for (int kx = 0; kx < taps; ++kx) {
        const int64_t right = int64_t{1} * kx * s_.window.dilation_width;
        const int64_t step = ky * RowStep() + right * s_.in_channels;
        for (const Corner& corner : corners) {
          // Unsigned, what lies before the input is beyond it too.
          const bool lies = static_cast<uint64_t>(corner.y + down) < height &&
                            static_cast<uint64_t>(corner.x + right) < width;
          *to++ = lies ? base + (corner.offset + step) : zeros_;
        }
      }
    }
  }

  const Conv2dShape& s_;
  const float* input_;
  const float* zeros_;
  const float** table_;
  int rows_;
  int64_t pixels_;
  size_t depth_;    // input channels of a group
  bool joins_;      // a window's row is contiguous where it lies inside the input
  bool pointwise_;  // a pixel's window is that pixel
  // What FillRun has found: pixel follows_ of the group begins a tile that is as far from the one
  // before as that lies inside, and so are so many tiles in all.
  size_t segments_ = 0;
  int64_t follows_ = 0;
  int64_t followers_ = 0;
  int group_ = 0;
};

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_TILE_POINTERS_INL_H_
