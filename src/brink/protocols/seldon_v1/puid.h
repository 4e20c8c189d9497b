// Ids of predictions.
#pragma once

#include <string>

namespace brink::protocols::seldon_v1 {

// A new id: 32 hexadecimal digits, random. Any thread.
std::string NewPuid();

}  // namespace brink::protocols::seldon_v1
