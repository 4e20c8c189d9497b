// Fuzzes FlexMap::Read.
#include <cstddef>
#include <cstdint>

#include "brink/model/flex_map.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto map = brink::model::FlexMap::Read({reinterpret_cast<const std::byte*>(data), size});
  if (map) (void)map->Numbers("subset_idxs").size();
  return 0;
}
