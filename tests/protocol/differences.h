// The one list of recorded cases in which brink answers otherwise, or that cannot apply to it:
// differences.jsonl. docs/seldon-differences.md explains each.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace brink::testing {

struct Difference {
  std::string why;
  bool skip = false;    // cannot apply: nothing is compared
  bool socket = false;  // only a real connection can show it
  // What brink answers; the body is compared only where it is given.
  int status = 0;
  std::string reason;
  std::optional<std::string> body;
};

std::map<std::string, Difference> ReadDifferences(const std::filesystem::path& path);

}  // namespace brink::testing
