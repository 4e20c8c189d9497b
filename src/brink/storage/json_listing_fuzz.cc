// Any bytes as the JSON of a listing or a manifest.
#include <cstdint>
#include <cstdlib>

#include "brink/storage/listing_page.h"
#include "brink/storage/schemes/oci_manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)brink::storage::ParseGsPage(text);
  (void)brink::storage::ParseHfPage(text);
  const auto manifest = brink::storage::ParseOciManifest(text, "arm");
  if (!manifest) return 0;
  for (const auto& item : manifest->items) {
    if (item.sha256.size() != 64 || item.bytes < 0) std::abort();
  }
  return 0;
}
