// The bulk of long JSON strings (base64 in them), passed over by vectors. base/ only: see
// json_scanner.h.
#pragma once

#include <cstddef>

namespace brink::json {

// How many whole vectors' characters, from `text` on, a JSON string holds as they are: ASCII
// without control characters, '"' and '\\'. What follows them is to be looked at one by one.
size_t PlainBlocks(const char* text, size_t length);

}  // namespace brink::json
