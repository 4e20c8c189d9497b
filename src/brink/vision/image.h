// Pictures in memory and on disk: JPEG and PNG in and out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "brink/base/result.h"

namespace brink::vision {

// 8-bit RGB, [height, width, 3], rows densely packed.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;
};

struct DecodeLimits {
  // A larger picture is kResourceExhausted before memory is taken.
  int64_t max_pixels = int64_t{64} << 20;
};

// kInvalidArgument where a side is below 1, kResourceExhausted beyond the limits.
Status CheckSize(int64_t width, int64_t height, const DecodeLimits& limits = {});
// A picture whose pixels are all black. Fails as CheckSize does, and with kResourceExhausted when
// memory is short.
Result<Image> MakeImage(int64_t width, int64_t height, const DecodeLimits& limits = {});

// JPEG (baseline, progressive, arithmetic; grey, YCbCr, RGB, CMYK, YCCK; EXIF orientation applied)
// or PNG (all depths and palettes, interlaced; 16 bits rounded to 8; transparency dropped, as
// OpenCV and Pillow's convert("RGB") do), told apart by content. kInvalidArgument for what is not
// such a picture, is broken or is truncated.
Result<Image> DecodeImage(std::span<const std::byte> bytes, const DecodeLimits& limits = {});

// `quality` in [1, 100]. Chroma is kept at full resolution, so that thin coloured lines stay sharp.
Result<std::string> EncodeJpeg(const Image& image, int quality = 90);
Result<std::string> EncodePng(const Image& image);

}  // namespace brink::vision
