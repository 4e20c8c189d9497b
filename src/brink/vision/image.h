// Pictures in memory and on disk: JPEG and PNG in and out.
#pragma once

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
  int64_t max_pixels = int64_t{64}
                       << 20;  // a larger picture is kResourceExhausted before memory is taken
};

// JPEG (all colour spaces, EXIF orientation applied) or PNG (all depths; alpha over black dropped),
// told apart by content. Errors: kInvalidArgument for what is not a picture or is broken.
Result<Image> DecodeImage(std::span<const std::byte> bytes, const DecodeLimits& limits = {});
Result<std::string> EncodeJpeg(const Image& image, int quality = 90);
Result<std::string> EncodePng(const Image& image);

}  // namespace brink::vision
