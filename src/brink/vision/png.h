// PNG through libpng, whose own calls stay in png.cc.
#pragma once

#include "brink/vision/image.h"

namespace brink::vision {

// As DecodeImage, for bytes that begin as a PNG does. The whole file is read and its checksums are
// checked.
Result<Image> DecodePng(std::span<const std::byte> bytes, const DecodeLimits& limits);

}  // namespace brink::vision
