#include "differences.h"

#include <stdexcept>

#include "recording.h"

namespace brink::testing {

std::map<std::string, Difference> ReadDifferences(const std::filesystem::path& path) {
  std::map<std::string, Difference> differences;
  for (const json::Value& line : ReadJsonLines(path)) {
    Difference difference;
    difference.why = *line.Find("why")->get<std::string>();
    difference.skip = line.Find("skip") != nullptr;
    difference.socket = line.Find("socket") != nullptr;
    if (const auto* status = line.Find("status")) {
      difference.status = static_cast<int>(*status->get<int64_t>());
    }
    if (const auto* reason = line.Find("reason")) difference.reason = *reason->get<std::string>();
    if (const auto* body = line.Find("body")) difference.body = *body->get<std::string>();
    for (const json::Value& name : *line.Find("cases")->get<json::Array>()) {
      const bool fresh = differences.emplace(*name.get<std::string>(), difference).second;
      if (!fresh) throw std::runtime_error("twice in the list: " + *name.get<std::string>());
    }
  }
  return differences;
}

}  // namespace brink::testing
