#include "brink/storage/item_name.h"

#include <algorithm>
#include <array>

#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

constexpr size_t kLongestPart = 255;
constexpr size_t kLongestName = 1024;
constexpr int kDeepest = 64;

}  // namespace

bool IsSafeName(std::string_view name) {
  if (name.empty() || name.size() > kLongestName || name.back() == '/') return false;
  const bool control =
      std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (control) return false;
  int depth = 0;
  while (!name.empty()) {
    const size_t slash = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, slash);
    const bool bad = part.empty() || part == "." || part == ".." || part.size() > kLongestPart;
    if (bad || ++depth > kDeepest) return false;
    name.remove_prefix(std::min(slash + 1, name.size()));
  }
  return true;
}

bool IsArchiveName(std::string_view name) {
  constexpr std::array<std::string_view, 6> kEnds = {".tar",     ".tar.gz", ".tgz",
                                                     ".tar.zst", ".tzst",   ".zip"};
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [&](std::string_view end) { return name.ends_with(end); });
}

std::string LastPartOf(std::string_view key) {
  while (key.ends_with('/')) key.remove_suffix(1);
  const size_t slash = key.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? key : key.substr(slash + 1);
  return IsSafeName(last) ? std::string(last) : FileNameOf("x:///" + std::string(last));
}

}  // namespace brink::storage
