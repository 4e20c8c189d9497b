// Whatever parses is written and parsed again to the same text; nothing crashes or hangs.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "brink/base/json.h"
#include "brink/base/json_scanner.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using brink::json::Parse;
  using brink::json::Write;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const brink::json::ParseOptions python{.allow_nan = true};
  const auto value = Parse(text, python);

  brink::json::Scanner skipper(text, python);
  const bool skipped = skipper.SkipValue() && skipper.ExpectEnd();
  if (skipped != value.has_value()) std::abort();

  if (!value) return 0;
  for (const bool ascii : {false, true}) {
    const std::string written = Write(*value, {.ascii = ascii, .allow_nan = true});
    const auto again = Parse(written, python);
    if (!again || Write(*again, {.ascii = ascii, .allow_nan = true}) != written) std::abort();
  }
  return 0;
}
