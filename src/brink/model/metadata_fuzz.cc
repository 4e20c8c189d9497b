// Fuzzes ParseModelMetadata, ListZip and ReadZipEntry.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "brink/model/metadata.h"
#include "brink/model/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLimit = 1 << 20;
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  if (const auto metadata = brink::model::ParseModelMetadata(bytes)) {
    for (const auto& output : metadata->outputs) {
      (void)output.FileOf(brink::model::FileType::kTensorAxisLabels);
    }
  }
  const auto entries = brink::model::ListZip(bytes);
  if (!entries) return 0;
  for (const auto& entry : *entries) {
    const auto content = brink::model::ReadZipEntry(bytes, entry, kLimit);
    if (content && content->size() > kLimit) std::abort();
  }
  return 0;
}
