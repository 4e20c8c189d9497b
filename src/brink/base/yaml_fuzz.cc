// Whatever the bytes, ParseAll answers with a tree or an error.
#include <cstddef>
#include <cstdint>

#include "brink/base/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)brink::yaml::ParseAll(text);
  return 0;
}
