// Which way up a camera was held, as EXIF tells it (CIPA DC-008, tag 0x0112).
#pragma once

#include <cstddef>
#include <span>

#include "brink/vision/image.h"

namespace brink::vision {

// The orientation, 1 to 8, in a JPEG's APP1 segment (after its length); 1, upright, where it has
// none or is broken.
int ExifOrientation(std::span<const std::byte> app1);

// The picture turned and mirrored so that it stands upright. `orientation` is 1 to 8.
Result<Image> Upright(Image image, int orientation);

}  // namespace brink::vision
