// Motion JPEG as a film that every player shows: AVI 1.0 (Microsoft's "AVI RIFF File Reference")
// with one video stream and an index.
#pragma once

#include <span>
#include <string>

#include "brink/base/result.h"

namespace brink::camera {

struct AviOptions {
  int width = 0;  // of each picture
  int height = 0;
  double fps = 5;  // above 0
};

// The whole file. kResourceExhausted where it would be longer than AVI can say (2 GiB).
Result<std::string> MakeAvi(std::span<const std::string> jpegs, const AviOptions& options);

}  // namespace brink::camera
