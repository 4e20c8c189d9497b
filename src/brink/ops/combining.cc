#include "brink/ops/combining.h"

#include "brink/model/graph.h"

namespace brink::ops {

Result<Combining> ReadCombining(const NodeView& node, int field, bool may_replace) {
  struct Row {
    std::string_view name;
    Combining combining;
  };
  static constexpr Row kRows[] = {
      {"ADD", Combining::kAdd},
      {"MUL", Combining::kMultiply},
      {"MAXIMUM", Combining::kMaximum},
      {"MINIMUM", Combining::kMinimum},
      {"LOGICAL_AND", Combining::kAnd},
      {"LOGICAL_OR", Combining::kOr},
      {"STABLEHLO_ADD", Combining::kAdd},
      {"STABLEHLO_MULTIPLY", Combining::kMultiply},
      {"STABLEHLO_MAXIMUM", Combining::kMaximum},
      {"STABLEHLO_MINIMUM", Combining::kMinimum},
      {"STABLEHLO_AND", Combining::kAnd},
      {"STABLEHLO_OR", Combining::kOr},
  };
  const int graph = node.options.Int32(field);
  const std::optional<int32_t> code = node.graphs->CombinesBy(graph);
  if (code == kTakesSecond && may_replace) return Combining::kSecond;
  const std::string name = code && code != kTakesSecond ? model::OperatorName(*code, "") : "";
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    if (node.input(0).type != Type::kBool) return row.combining;
    const bool is_or = row.combining == Combining::kAdd || row.combining == Combining::kMaximum ||
                       row.combining == Combining::kOr;
    return is_or ? Combining::kOr : Combining::kAnd;
  }
  return node.Unsupported(
      "graph " + std::to_string(graph) +
      (name.empty() ? " is not one operator of its two inputs" : " combines by " + name) +
      "; ADD, MUL, MAXIMUM, MINIMUM and logic are supported");
}

}  // namespace brink::ops
