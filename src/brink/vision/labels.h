// Class names by index, as cards list them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"

namespace brink::vision {

inline constexpr size_t kMaxLabels = 100'000;

// Reads `directory`/`file`: UTF-8, one label a line; blank lines at the end do not count. `file` is
// a plain name without a path, so that a card cannot reach outside its own folder.
Result<std::vector<std::string>> ReadLabelFile(const std::string& directory,
                                               const std::string& file);

// The label of class `index`; the index in digits where the card names none.
std::string LabelOf(const std::vector<std::string>& labels, int index);

}  // namespace brink::vision
