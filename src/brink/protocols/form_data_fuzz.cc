// The first line is the Content-Type, the rest a body. Every part lies within the body, in order.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "brink/protocols/multipart.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace brink::protocols;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(text.find('\n'), text.size());
  const std::string_view body = text.substr(std::min(line + 1, text.size()));
  const auto parts = ParseMultipart(body, BoundaryOf(text.substr(0, line)));
  if (!parts) return 0;
  const char* at = body.data();
  for (const Part& part : *parts) {
    if (part.contents.data() < at) std::abort();
    at = part.contents.data() + part.contents.size();
    if (at > body.data() + body.size()) std::abort();
  }
  return 0;
}
