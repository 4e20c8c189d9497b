// UTF-8, and its superset WTF-8 in which a lone surrogate is three bytes (ED A0..BF xx).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace brink::utf8 {

struct Decoded {
  uint32_t code_point = 0;
  int length = 0;  // bytes; 0: no valid sequence starts here
};

// The code point at text[at]; at < text.size(). Overlong forms and values above U+10FFFF are not
// valid; surrogates are only where `surrogates` is true.
Decoded DecodeAt(std::string_view text, size_t at, bool surrogates = false);

// code_point <= 0x10FFFF; a surrogate is written as WTF-8.
void Append(std::string& out, uint32_t code_point);

bool IsValid(std::string_view text);

}  // namespace brink::utf8
