#include "brink/base/closest_name.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace brink {
namespace {

// Longer names are no slips of a finger; the bound keeps hostile text cheap.
constexpr size_t kLongestName = 64;

bool SameLetter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// Levenshtein's distance, one row of the table at a time.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (SameLetter(a[i - 1], b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view ClosestName(std::string_view name, std::span<const std::string_view> candidates) {
  if (name.size() > kLongestName) return "";
  std::string_view closest;
  size_t least = name.size() / 3 + 1;
  for (const std::string_view candidate : candidates) {
    const size_t distance = Distance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    closest = candidate;
  }
  return closest;
}

std::string DidYouMean(std::string_view name, std::span<const std::string_view> candidates) {
  const std::string_view closest = ClosestName(name, candidates);
  if (closest.empty()) return "";
  return " (did you mean '" + std::string(closest) + "'?)";
}

}  // namespace brink
