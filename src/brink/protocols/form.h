// application/x-www-form-urlencoded: form bodies and query strings (WHATWG URL, section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace brink::protocols {

// "%41+b" as "A b"; a '%' that no two hexadecimal digits follow stays. '+' is a space only where
// `plus_is_space`.
std::string PercentDecode(std::string_view text, bool plus_is_space);

// The value of the first field called `name`.
std::optional<std::string> FormField(std::string_view form, std::string_view name);

}  // namespace brink::protocols
