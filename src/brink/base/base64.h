// Base64 with the standard alphabet (RFC 4648, section 4).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "brink/base/result.h"

namespace brink::base64 {

void Append(std::string& out, std::string_view bytes);
std::string Encode(std::string_view bytes);

// White space is skipped, as MIME has it; any other character, missing padding and text after the
// padding are errors that name the offset.
Result<std::string> Decode(std::string_view text);
// The same into memory that is there. Returns how many bytes the text holds; where they are more
// than `out` has place for, the first ones are written.
Result<size_t> DecodeInto(std::string_view text, std::span<std::byte> out);

}  // namespace brink::base64
