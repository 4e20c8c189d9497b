// application/x-www-form-urlencoded: form bodies and query strings (WHATWG URL, section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace brink::protocols {

// The value of the first field called `name`.
std::optional<std::string> FormField(std::string_view form, std::string_view name);

}  // namespace brink::protocols
