// The `decoder` of a card's YAML: one line of a table a type.
#pragma once

#include "brink/base/result.h"
#include "brink/base/yaml.h"
#include "brink/vision/card.h"

namespace brink::vision {

// kInvalidArgument names the line, the key, what was expected and what is there.
Result<Decoder> ParseDecoder(const yaml::Node& node);

}  // namespace brink::vision
