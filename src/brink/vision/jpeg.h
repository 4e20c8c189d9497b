// JPEG through libjpeg-turbo, whose own calls stay in jpeg.cc.
#pragma once

#include "brink/vision/image.h"

namespace brink::vision {

// As DecodeImage, for bytes that begin as a JPEG does. Data that libjpeg would repair by making up
// pixels (truncated, damaged scans) is an error; harmless oddities (stray bytes between segments)
// are not.
Result<Image> DecodeJpeg(std::span<const std::byte> bytes, const DecodeLimits& limits);

}  // namespace brink::vision
