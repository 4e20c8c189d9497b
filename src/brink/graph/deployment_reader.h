// Reading one file's maps by tables of known fields, with errors that name file and line. Used
// while one file is parsed.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"
#include "brink/base/yaml.h"

namespace brink::graph {

struct FieldRule {
  std::string_view name;
  bool honoured = true;  // false: has no meaning on one machine; reported as ignored when it is set
};

class DeploymentReader {
 public:
  explicit DeploymentReader(std::string_view file) : file_(file) {}

  // "mask.yaml:12: graph: ..."
  [[nodiscard]] unexpected<Error> FailAt(int line, std::string_view message,
                                         Code code = Code::kInvalidArgument) const;
  // The YAML room's errors ("line 12: ...") in the form of FailAt.
  template <class T>
  Result<T> InFile(Result<T> result) const {
    if (!result) return Fail(Rewritten(result.error()));
    return result;
  }

  // `node` is a map and has no fields but those of `rules`; the fields that are not honoured are
  // noted.
  Status CheckFields(const yaml::Node& node, std::string_view where,
                     std::span<const FieldRule> rules);
  // Notes every field of `node` that is not in `honoured`; none is refused.
  Status PassOver(const yaml::Node& node, std::string_view where,
                  std::span<const std::string_view> honoured);

  // The field's value; nullptr when it is absent or null.
  static const yaml::Node* Field(const yaml::Node& map, std::string_view key);
  // The field's text; "" when it is absent.
  Result<std::string> Text(const yaml::Node& map, std::string_view where,
                           std::string_view key) const;
  // The same, never empty.
  Result<std::string> NeededText(const yaml::Node& map, std::string_view where,
                                 std::string_view key) const;
  // The items of the list under `key`; none when it is absent.
  Result<std::span<const yaml::Node>> List(const yaml::Node& map, std::string_view where,
                                           std::string_view key) const;

  void NoteIgnored(std::string_view name);
  std::vector<std::string> TakeIgnored() { return std::move(ignored_); }

 private:
  Error Rewritten(const Error& error) const;
  Status ExpectMap(const yaml::Node& node, std::string_view where) const;

  std::string_view file_;
  std::vector<std::string> ignored_;
};

}  // namespace brink::graph
