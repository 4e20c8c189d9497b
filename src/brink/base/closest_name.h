// "Did you mean ...?": the known name that a mistyped one most likely stands for.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace brink {

// The candidate nearest to `name` by edits (letter case does not count), or "" when none is near:
// at most a third of its letters may differ.
std::string_view ClosestName(std::string_view name, std::span<const std::string_view> candidates);

// " (did you mean 'modelUri'?)", or "" when nothing is near.
std::string DidYouMean(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace brink
