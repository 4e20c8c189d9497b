#include "brink/graph/deployment_reader.h"

#include <algorithm>

#include "brink/base/closest_name.h"

namespace brink::graph {
namespace {

// What a message repeats of the file is bounded.
std::string Shown(std::string_view text) { return std::string(text.substr(0, 80)); }

std::string Prefix(std::string_view where) {
  return where.empty() ? "" : std::string(where) + ": ";
}

}  // namespace

unexpected<Error> DeploymentReader::FailAt(int line, std::string_view message, Code code) const {
  return Fail(code, std::string(file_) + ":" + std::to_string(line) + ": " + std::string(message));
}

Error DeploymentReader::Rewritten(const Error& error) const {
  constexpr std::string_view kLine = "line ";
  const bool has_line = error.message.starts_with(kLine);
  return {error.code, std::string(file_) + (has_line ? ":" : ": ") +
                          error.message.substr(has_line ? kLine.size() : 0)};
}

Status DeploymentReader::ExpectMap(const yaml::Node& node, std::string_view where) const {
  if (node.kind == yaml::Node::Kind::kMap) return {};
  return Fail(Rewritten(yaml::Unfit(node, where, "a map").value()));
}

Status DeploymentReader::CheckFields(const yaml::Node& node, std::string_view where,
                                     std::span<const FieldRule> rules) {
  BRINK_TRY(ExpectMap(node, where));
  for (const yaml::Entry& entry : node.entries) {
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [&](const FieldRule& known) { return known.name == entry.key; });
    if (rule == rules.end()) {
      std::vector<std::string_view> names;
      for (const FieldRule& known : rules) names.push_back(known.name);
      return FailAt(entry.line, Prefix(where) + "unknown field '" + Shown(entry.key) + "'" +
                                    DidYouMean(entry.key, names));
    }
    if (!rule->honoured && entry.value.kind != yaml::Node::Kind::kNull) NoteIgnored(entry.key);
  }
  return {};
}

Status DeploymentReader::PassOver(const yaml::Node& node, std::string_view where,
                                  std::span<const std::string_view> honoured) {
  BRINK_TRY(ExpectMap(node, where));
  for (const yaml::Entry& entry : node.entries) {
    const bool known = std::find(honoured.begin(), honoured.end(), entry.key) != honoured.end();
    if (!known && entry.value.kind != yaml::Node::Kind::kNull) NoteIgnored(entry.key);
  }
  return {};
}

const yaml::Node* DeploymentReader::Field(const yaml::Node& map, std::string_view key) {
  const yaml::Node* node = map.Find(key);
  return node != nullptr && node->kind != yaml::Node::Kind::kNull ? node : nullptr;
}

Result<std::string> DeploymentReader::Text(const yaml::Node& map, std::string_view where,
                                           std::string_view key) const {
  const yaml::Node* node = Field(map, key);
  if (node == nullptr) return std::string();
  return InFile(yaml::AsText(*node, Prefix(where) + std::string(key)));
}

Result<std::string> DeploymentReader::NeededText(const yaml::Node& map, std::string_view where,
                                                 std::string_view key) const {
  BRINK_ASSIGN(std::string text, Text(map, where, key));
  if (text.empty())
    return FailAt(map.line, Prefix(where) + "'" + std::string(key) + "' is missing");
  return text;
}

Result<std::span<const yaml::Node>> DeploymentReader::List(const yaml::Node& map,
                                                           std::string_view where,
                                                           std::string_view key) const {
  const yaml::Node* node = Field(map, key);
  if (node == nullptr) return std::span<const yaml::Node>();
  if (node->kind != yaml::Node::Kind::kList) {
    return Fail(Rewritten(yaml::Unfit(*node, Prefix(where) + std::string(key), "a list").value()));
  }
  return std::span<const yaml::Node>(node->items);
}

void DeploymentReader::NoteIgnored(std::string_view name) {
  const std::string shown = Shown(name);
  constexpr size_t kMost = 50;
  if (ignored_.size() < kMost &&
      std::find(ignored_.begin(), ignored_.end(), shown) == ignored_.end()) {
    ignored_.push_back(shown);
  }
}

}  // namespace brink::graph
