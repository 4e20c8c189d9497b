// Whatever the form, decoding never makes text longer, and a field is found where one is written.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "brink/base/percent.h"
#include "brink/protocols/form.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace brink::protocols;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (brink::PercentDecoded(text).size() > text.size()) std::abort();
  if (brink::FormDecoded(text).size() > text.size()) std::abort();
  const auto field = FormField(text, "json");
  if (field && field->size() > text.size()) std::abort();
  if (FormField("json=1&" + std::string(text), "json") != "1") std::abort();
  return 0;
}
