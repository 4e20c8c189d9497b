// Class names by index, as cards list them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"

namespace brink::vision {

inline constexpr size_t kMaxLabels = 100'000;

// The labels in a file's text: UTF-8, one a line; blank lines at the end do not count. Errors begin
// with `where`.
Result<std::vector<std::string>> ParseLabels(std::string_view text, const std::string& where);

// Reads `directory`/`file` as ParseLabels does. `file` is a plain name without a path, so that a
// card cannot reach outside its own folder.
Result<std::vector<std::string>> ReadLabelFile(const std::string& directory,
                                               const std::string& file);

// The label of class `index`; the index in digits where the card names none.
std::string LabelOf(const std::vector<std::string>& labels, int index);

}  // namespace brink::vision
