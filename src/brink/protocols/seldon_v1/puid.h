// Ids of predictions.
#pragma once

#include <string>
#include <string_view>

namespace brink::protocols::seldon_v1 {

// A new id: 32 hexadecimal digits, random. Any thread.
std::string NewPuid();

// Whether a client's id can stand in a header: 1 to 128 visible ASCII characters.
bool IsHeaderSafe(std::string_view puid);

}  // namespace brink::protocols::seldon_v1
