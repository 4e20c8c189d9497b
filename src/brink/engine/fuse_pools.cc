// The pass FusePools of passes.h.
#include <algorithm>

#include "brink/engine/passes.h"

namespace brink::engine {
namespace {

constexpr int32_t kMaxPool2dCode = 17;  // BuiltinOperator of schema.fbs

// Whether the node is MAX_POOL_2D of 2x2 windows and stride 2 without an activation, and every
// window starts inside the input: Pool2DOptions {padding, stride_w, stride_h, filter_width,
// filter_height, fused_activation}.
bool HalvesItsInput(const WorkGraph& graph, const WorkNode& node) {
  if (node.source->code != kMaxPool2dCode || node.following != kernels::Activation::kNone)
    return false;
  const model::OptionsReader& options = node.source->options;
  for (const int field : {1, 2, 3, 4}) {
    if (options.Int32(field) != 2) return false;
  }
  if (options.Int8(5) != 0) return false;
  const ops::Value& input = graph.values[static_cast<size_t>(node.inputs[0])];
  const Shape& output = graph.values[static_cast<size_t>(node.outputs[0])].shape;
  return input.type == Type::kFloat32 && output[1] == (input.shape[1] + 1) / 2 &&
         output[2] == (input.shape[2] + 1) / 2;
}

// Whether `node` now yields what `pool` made of its output.
bool TakeOver(const WorkGraph& graph, WorkNode& node, const WorkNode& pool) {
  ops::NodeView view = ViewOf(graph, node);
  view.max_pool = true;
  Result<ops::Prepared> prepared = node.op->prepare(view);
  if (!prepared) return false;
  node.prepared = std::move(*prepared);
  node.outputs = pool.outputs;
  node.max_pool = true;
  return true;
}

}  // namespace

void FusePools(WorkGraph& graph) {
  const std::vector<int> uses = CountUses(graph);
  std::vector<WorkNode*> maker(graph.values.size());
  NodeFilter kept(graph.nodes);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const WorkNode& node = graph.nodes[i];
    if (HalvesItsInput(graph, node)) {
      const auto input = static_cast<size_t>(node.inputs[0]);
      WorkNode* before = maker[input];
      if (before != nullptr && before->op->pools && uses[input] == 1 &&
          TakeOver(graph, *before, node)) {
        continue;
      }
    }
    WorkNode& stays = kept.Keep(i);
    for (const int output : stays.outputs) maker[static_cast<size_t>(output)] = &stays;
  }
  kept.Finish();
}

}  // namespace brink::engine
