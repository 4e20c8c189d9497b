// Whatever the bytes, DecodeImage answers with a picture or an error, within the limit of pixels.
#include <cstdlib>

#include "brink/vision/image.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr int64_t kMaxPixels = 1 << 18;
  const auto image =
      brink::vision::DecodeImage(std::as_bytes(std::span(data, size)), {.max_pixels = kMaxPixels});
  if (!image) return 0;
  const int64_t pixels = int64_t{image->width} * image->height;
  if (pixels > kMaxPixels || image->rgb.size() != static_cast<size_t>(pixels) * 3) std::abort();
  return 0;
}
