// Pictures as cameras and video decoders give them: RGB or YUV, packed or in planes. A view says
// where each sample lies, so that a crop or a row stride costs nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "brink/base/result.h"
#include "brink/vision/image.h"

namespace brink::vision {

enum class PixelFormat {
  kRgb,   // R G B a pixel
  kI420,  // planes Y, U, V; chroma halved both ways, sides rounded up (ffmpeg's yuv420p)
  kNv12,  // plane Y, then U and V side by side; chroma halved both ways
  kYuyv,  // Y U Y V for each two pixels; chroma halved across
};

// What YUV numbers mean (ITU-R BT.601-7, BT.709-6).
struct YuvMeaning {
  bool full_range = false;  // 0..255 for all, as JPEG has it; else Y is 16..235, U and V 16..240
  bool bt709 = false;       // else BT.601
};

// A rectangle of pixels.
struct Region {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};

// Pixels that somebody else keeps.
struct PixelsView {
  int width = 0;
  int height = 0;
  bool is_yuv = false;
  YuvMeaning meaning;                      // of YUV
  std::array<const uint8_t*, 3> planes{};  // the first R, G, B or Y, U, V
  std::array<size_t, 3> steps{};           // bytes from a sample to the next of its row
  std::array<size_t, 3> strides{};         // bytes from a row of samples to the next
  std::array<int, 3> column_shifts{};      // log2 of the pixels that share a sample across
  std::array<int, 3> row_shifts{};         // and down

  PixelsView() = default;
  PixelsView(const Image& image);  // NOLINT(google-explicit-constructor): an image is RGB pixels

  // Sample `plane` of the pixel at x, y inside of the picture.
  uint8_t At(size_t plane, int x, int y) const {
    return *(Row(plane, y) + static_cast<size_t>(x >> column_shifts[plane]) * steps[plane]);
  }
  const uint8_t* Row(size_t plane, int y) const {
    return planes[plane] + static_cast<size_t>(y >> row_shifts[plane]) * strides[plane];
  }
};

// Pixels that are kept here.
struct Pixels {
  PixelFormat format = PixelFormat::kRgb;
  int width = 0;
  int height = 0;
  YuvMeaning meaning;
  std::vector<uint8_t> bytes;
  size_t stride = 0;  // from a row of the first plane to the next; 0: rows are densely packed

  // `bytes` holds BytesOf(format, width, height) of them, or what the stride makes of it.
  PixelsView view() const;
};

// What a picture of that size takes; width, height >= 1 within the limits of CheckSize.
size_t BytesOf(PixelFormat format, int width, int height);

// The view of bytes whose rows of the first plane are `stride` bytes apart; chroma planes follow,
// their strides in proportion.
PixelsView ViewOf(PixelFormat format, int width, int height, const uint8_t* bytes, size_t stride);

// The part of `view` inside `region`, which is cut to the picture and moved to whole chroma
// samples (left and top rounded down to even); never empty.
PixelsView Crop(const PixelsView& view, Region region);

// As 8-bit RGB: each pixel takes its nearest chroma sample. Fails as MakeImage does.
Result<Image> ToImage(const PixelsView& view);
// RGB pixels from an image, without a copy.
Pixels FromImage(Image image);

// The linear part of the conversion from YUV to RGB:
//   R = y (Y - y_zero) + v_to_red (V - 128), B = y (Y - y_zero) + u_to_blue (U - 128),
//   G = y (Y - y_zero) + u_to_green (U - 128) + v_to_green (V - 128), then clamped to 0..255.
struct YuvToRgb {
  float y_zero = 0;
  float y = 1;
  float v_to_red = 0;
  float u_to_green = 0;
  float v_to_green = 0;
  float u_to_blue = 0;

  explicit YuvToRgb(const YuvMeaning& meaning);
};

}  // namespace brink::vision
