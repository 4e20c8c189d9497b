// Words of the reports that people read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace brink::apps {

// Text out of a file, shortened to 200 bytes: control characters must not reach the terminal.
std::string Shown(std::string_view text);
// "512 bytes", "21.7 kB", "4.2 MB".
std::string Bytes(size_t bytes);
// Six digits at most.
std::string Number(double number);

}  // namespace brink::apps
