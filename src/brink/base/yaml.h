// YAML as brink's files use it (model cards, deployments, configuration): a plain tree in which
// every node knows its line, so that errors can name it. Hostile text is safe: size, depth and
// number of nodes are bounded, aliases count as what they expand to. Tags and keys that are not
// scalars are refused; scalars stay text until somebody asks for a number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"

namespace brink::yaml {

struct Entry;

struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  int line = 0;                // from 1
  bool quoted = false;         // a scalar in quotes is text, never a number or a boolean
  std::string text;            // kScalar
  std::vector<Node> items;     // kList
  std::vector<Entry> entries;  // kMap, in the file's order, keys distinct

  // The member `key` of a map, or nullptr.
  const Node* Find(std::string_view key) const;
};

struct Entry {
  std::string key;
  int line = 0;  // the key's
  Node value;
};

struct Limits {
  size_t max_bytes = size_t{1} << 20;
  int max_nodes = 200'000;
  int max_depth = 64;
};

// All documents of `text` (between "---" lines), or an error that names the line. Empty documents
// are kNull.
Result<std::vector<Node>> ParseAll(std::string_view text, const Limits& limits = {});
// The one document of `text`; more than one is an error.
Result<Node> Parse(std::string_view text, const Limits& limits = {});

// What a node holds, or an error that names the line, `where` ("input.width"), what was expected
// and what is there.
Result<std::string> AsText(const Node& node, std::string_view where);
Result<int64_t> AsInt(const Node& node, std::string_view where);
Result<double> AsNumber(const Node& node, std::string_view where);  // finite
Result<bool> AsBool(const Node& node, std::string_view where);      // true or false
// "line 3: input.width: expected an integer, got 'wide'"
[[nodiscard]] unexpected<Error> Unfit(const Node& node, std::string_view where,
                                      std::string_view expected);

// Reads a map's known keys and refuses the rest: Take each key, then Finish.
class MapReader {
 public:
  // `where` is the path of the map itself ("" for the document). Fails when `node` is not a map.
  static Result<MapReader> Open(const Node& node, std::string_view where);

  // The value under `key`, or nullptr where it is absent or null.
  const Node* Take(std::string_view key);
  // Like Take, but its absence is an error.
  Result<const Node*> Need(std::string_view key);
  // The path of a key for messages: "input.width".
  std::string Path(std::string_view key) const;
  // Fails when the map has a key that nobody took, naming it, its line and the keys that were asked
  // for.
  Status Finish() const;

 private:
  MapReader(const Node& node, std::string_view where) : node_(&node), where_(where) {}

  const Node* node_;
  std::string where_;
  std::vector<std::string> known_;
};

}  // namespace brink::yaml
