// The pass FusePads of passes.h.
#include <cstring>
#include <optional>

#include "brink/engine/passes.h"
#include "brink/ops/movement.h"
#include "brink/ops/quantized.h"

namespace brink::engine {
namespace {

constexpr int32_t kPadCode = 34;  // BuiltinOperator of schema.fbs
constexpr int32_t kPadv2Code = 60;

// Whether the padding has the value that windows see outside of their input.
bool FillsWithZeros(const ops::NodeView& pad) {
  if (!pad.has_input(2)) return true;
  const ops::Value& filling = pad.input(2);
  const Result<ops::Element> zero = ops::ZeroElement(pad, pad.output(0));
  return zero && filling.is_constant && filling.data.size() <= zero->size() &&
         std::memcmp(filling.data.data(), zero->data(), filling.data.size()) == 0;
}

// What the node adds around its input, where it is a PAD of nothing but rows and columns of zeros.
std::optional<ops::Border> BorderOf(const WorkGraph& graph, const WorkNode& node) {
  const int32_t code = node.source->code;
  if ((code != kPadCode && code != kPadv2Code) || node.is_deferred) return std::nullopt;
  const ops::NodeView pad = ViewOf(graph, node);
  const ops::Value& input = pad.input(0);
  // A variable may have changed by the time that the convolution reads it.
  if (input.shape.rank() != 4 || input.is_variable ||
      !ops::SameQuantization(input, pad.output(0)) || !FillsWithZeros(pad)) {
    return std::nullopt;
  }
  const auto paddings = ops::ReadPaddings(pad, 1, 4);
  if (!paddings) return std::nullopt;
  for (const size_t axis : {0, 3}) {
    if ((*paddings)[axis].before + (*paddings)[axis].after != 0) return std::nullopt;
  }
  const ops::Padding rows = (*paddings)[1];
  const ops::Padding columns = (*paddings)[2];
  return ops::Border{rows.before, rows.after, columns.before, columns.after};
}

// Lets `node` read what `pad` reads, with the border around it, if it can.
void ReadThrough(const WorkGraph& graph, const WorkNode& pad, const ops::Border& border,
                 WorkNode& node) {
  ops::NodeView view = ViewOf(graph, node);
  view.inputs[0] = &graph.values[static_cast<size_t>(pad.inputs[0])];
  view.border = border;
  Result<ops::Prepared> prepared = node.op->prepare(view);
  if (!prepared) return;
  node.prepared = std::move(*prepared);
  node.inputs[0] = pad.inputs[0];
  node.border = border;
}

}  // namespace

void FusePads(WorkGraph& graph) {
  std::vector<const WorkNode*> maker(graph.values.size());
  for (WorkNode& node : graph.nodes) {
    if (node.op->pads && !node.is_deferred) {
      const WorkNode* before = maker[static_cast<size_t>(node.inputs[0])];
      const auto border = before == nullptr ? std::nullopt : BorderOf(graph, *before);
      if (border) ReadThrough(graph, *before, *border, node);
    }
    for (const int output : node.outputs) maker[static_cast<size_t>(output)] = &node;
  }
}

}  // namespace brink::engine
