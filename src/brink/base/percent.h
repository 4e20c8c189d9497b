// Percent-encoding: RFC 3986 section 2.1, and for forms WHATWG URL section 5.
#pragma once

#include <string>
#include <string_view>

namespace brink {

// "%41" as "A"; a '%' that no two hexadecimal digits follow stays.
std::string PercentDecoded(std::string_view text);
// The same in a form or a query, where a '+' is a space.
std::string FormDecoded(std::string_view text);

}  // namespace brink
