// The recorded models that brink is known not to agree on, and why: not_yet.txt, the one list,
// built into the program.
#pragma once

#include <map>
#include <string>

namespace brink::verify {

// Reason by name of the case.
const std::map<std::string, std::string>& NotYet();

}  // namespace brink::verify
