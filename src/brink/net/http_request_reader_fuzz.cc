// Whatever bytes a connection brings, and however they are cut, the reader takes the same requests
// out of them, within its limits.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "brink/net/http_request_reader.h"

namespace {

using brink::net::HttpReaderLimits;
using brink::net::HttpRequestReader;
using Stage = HttpRequestReader::Stage;

constexpr HttpReaderLimits kLimits{.max_header_bytes = 512, .max_body_bytes = 2048};

// What was read, one text a request; a failure ends it. When a request that has not ended is found
// to be wrong depends on how it is cut.
std::vector<std::string> ReadAll(std::string_view bytes, size_t step) {
  std::vector<std::string> requests;
  HttpRequestReader reader(kLimits);
  std::string pending;
  for (size_t at = 0; at < bytes.size() || !pending.empty();) {
    const size_t taken = std::min(step, bytes.size() - at);
    pending.append(bytes.substr(at, taken));
    at += taken;
    size_t used = 1;
    while (used > 0 && !pending.empty()) {
      used = reader.Feed(pending);
      if (used > pending.size()) std::abort();
      pending.erase(0, used);
      if (reader.body_bytes() > kLimits.max_body_bytes) std::abort();
      if (reader.stage() == Stage::kFailed) {
        if (reader.failure().status < 400) std::abort();
        return requests;
      }
      if (reader.stage() == Stage::kDone) {
        const auto request = reader.Take();
        requests.push_back(request.method + ' ' + request.target + '\n' + request.body);
        reader.Reset();
        used = 1;
      }
    }
    if (taken == 0) break;
  }
  return requests;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto whole = ReadAll(bytes, bytes.size() + 1);
  const auto pieces = ReadAll(bytes, 1u + data[0] % 61);
  if (whole != pieces) std::abort();
  return 0;
}
