// Whatever the stream and however it is cut, the decoder gives whole frames within the limits or an
// error.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "brink/camera/sources/y4m.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = data[0] % 16 + size_t{1};
  brink::camera::Y4mDecoder decoder;
  brink::vision::Pixels frame;
  for (size_t at = 1; at < size;) {
    const auto room = decoder.Room(frame);
    if (room.empty()) std::abort();
    const size_t count = std::min({room.size(), piece, size - at});
    std::memcpy(room.data(), data + at, count);
    at += count;
    const auto complete = decoder.Took(count, frame);
    if (!complete) return 0;
    if (frame.bytes.size() > (size_t{1} << 20)) return 0;  // no pages for gigantic frames here
    if (*complete &&
        frame.bytes.size() != brink::vision::BytesOf(frame.format, frame.width, frame.height)) {
      std::abort();
    }
  }
  return 0;
}
