// The bulk of base64, decoded by vectors. base/ only: see base64.h.
#pragma once

#include <cstddef>

namespace brink::base64 {

// Decodes four letters at a time into three bytes, from `text` on, until something else than a
// letter comes or fewer than a vector's are left. Returns how many letters it took, a multiple of
// 4. `out` has place for length / 4 * 3 bytes.
size_t DecodeBlocks(const char* text, size_t length, std::byte* out);

}  // namespace brink::base64
