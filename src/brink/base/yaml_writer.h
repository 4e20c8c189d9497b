// A YAML tree as text: what ParseAll reads back as the same tree.
#pragma once

#include <string>

#include "brink/base/yaml.h"

namespace brink::yaml {

// Block style, two spaces a level. Scalars that were quoted, or that would mean something else
// without quotes, are quoted; lines of text become a literal block where that keeps every byte.
std::string Write(const Node& node);

}  // namespace brink::yaml
