// The bytes of a JSON body as UTF-8.
#pragma once

#include <string>

#include "brink/base/result.h"

namespace brink::protocols {

// JSON text may come as UTF-8, UTF-16 or UTF-32, with a byte order mark or without: which one is
// told by the mark or by where the zero bytes lie (RFC 4627, section 3; Python's json module does
// the same). UTF-8 comes back as it is, without its mark, unchecked: the parser does that.
Result<std::string> JsonTextToUtf8(std::string body);

}  // namespace brink::protocols
