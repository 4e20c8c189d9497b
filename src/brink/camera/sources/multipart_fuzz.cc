// Whatever a camera sends and however it is cut, the decoder gives parts within its limits or an
// error, and comes to an end.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "brink/camera/sources/multipart.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view type = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(type.size() + 1, text.size()));
  brink::camera::MultipartDecoder decoder(brink::camera::MultipartBoundary(type).value_or("frame"));
  const size_t piece = type.size() % 61 + 1;
  size_t given = 0;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, piece);
    text.remove_prefix(part.size());
    if (!decoder.Feed(part)) return 0;
    for (;;) {
      const auto body = decoder.Next();
      if (!body) return 0;
      if (!*body) break;
      given += (*body)->size();
      if (given > size) std::abort();
    }
  }
  return 0;
}
