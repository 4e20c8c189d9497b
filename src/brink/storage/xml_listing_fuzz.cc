// Any bytes as the XML of a listing.
#include <cstdint>

#include "brink/storage/listing_page.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)brink::storage::ParseS3Page(text);
  (void)brink::storage::ParseAzurePage(text);
  (void)brink::storage::ParseWebdavPage(text);
  return 0;
}
