// The cards that the program carries: the files of cards/, embedded at build time.
#pragma once

#include <span>
#include <string_view>

namespace brink::vision {

struct CardText {
  std::string_view file;
  std::string_view yaml;
};

std::span<const CardText> BuiltinCardTexts();

}  // namespace brink::vision
