// Names out of a file, as they may stand in a message. Internal to model/.
#pragma once

#include <string>
#include <string_view>

namespace brink::model {

// Control characters and what is not ASCII replaced by '?', shortened to 80 characters and "...".
std::string Printable(std::string_view name);
// The same between single quotes.
std::string Quoted(std::string_view name);

}  // namespace brink::model
