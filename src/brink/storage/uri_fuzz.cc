// Whatever the text, the parts of a URI are safe to use: a file name is one plain name, and a
// redacted URI shows no user.
#include <cstdint>
#include <cstdlib>

#include "brink/storage/storage.h"
#include "brink/storage/uri.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace brink::storage;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string name = FileNameOf(text);
  if (name.empty() || name.size() > 100 || name[0] == '.') std::abort();
  if (name.find('/') != std::string::npos || name.find('\0') != std::string::npos) std::abort();
  if (Redact(Redact(text)) != Redact(text)) std::abort();
  (void)SchemeOf(text);
  (void)ParseMirrors({text});
  return 0;
}
