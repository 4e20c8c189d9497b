#include "brink/engine/passes.h"

#include <algorithm>
#include <array>
#include <map>

#include "brink/ops/op_table.h"

namespace brink::engine {
namespace {

using kernels::Activation;

constexpr int32_t kReluCode = 19;  // BuiltinOperator of schema.fbs
constexpr int32_t kReluN1To1Code = 20;
constexpr int32_t kRelu6Code = 21;
constexpr int32_t kIfCode = 118;
constexpr int32_t kWhileCode = 119;

Activation ActivationNode(const WorkNode& node) {
  switch (node.source->code) {
    case kReluCode:
      return Activation::kRelu;
    case kReluN1To1Code:
      return Activation::kReluN1To1;
    case kRelu6Code:
      return Activation::kRelu6;
    default:
      return Activation::kNone;
  }
}

// Whether `node` could apply an activation to its only output.
bool TakesActivation(const WorkGraph& graph, const WorkNode& node) {
  return node.op->activation_field >= 0 && node.following == Activation::kNone &&
         node.source->options.Int8(node.op->activation_field) == 0 && node.outputs.size() == 1 &&
         graph.values[static_cast<size_t>(node.outputs[0])].type == Type::kFloat32;
}

// Nodes without outputs set variables or tables; other graphs may do so too.
bool MayHaveEffect(const WorkGraph& graph, const WorkNode& node) {
  const int32_t code = node.source->code;
  return node.outputs.empty() || (graph.has_variables && (code == kIfCode || code == kWhileCode));
}

}  // namespace

void DropUnneeded(WorkGraph& graph) {
  std::vector<bool> needed(graph.values.size());
  for (const int output : graph.outputs) needed[static_cast<size_t>(output)] = true;
  const auto is_needed = [&](int value) { return needed[static_cast<size_t>(value)]; };
  std::vector<bool> dropped(graph.nodes.size());
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const WorkNode& node = graph.nodes[i];
    dropped[i] = !MayHaveEffect(graph, node) &&
                 std::none_of(node.outputs.begin(), node.outputs.end(), is_needed);
    if (dropped[i]) continue;
    for (const int input : node.inputs) {
      if (input != model::kAbsent) needed[static_cast<size_t>(input)] = true;
    }
  }
  NodeFilter kept(graph.nodes);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!dropped[i]) kept.Keep(i);
  }
  kept.Finish();
}

Status FindOperators(WorkGraph& graph) {
  constexpr size_t kMostNodes = 5;
  std::map<std::string, std::vector<const WorkNode*>> missing;
  std::array<const ops::OpDef*, 256> known{};  // by code: most nodes are of a few operators
  for (WorkNode& node : graph.nodes) {
    const model::Node& source = *node.source;
    const auto code = static_cast<size_t>(source.code);
    const bool is_builtin = code < known.size() && source.code != model::kCustomCode;
    node.op = is_builtin ? known[code] : nullptr;
    if (node.op == nullptr) node.op = ops::FindOp(source.code, source.custom_name);
    if (is_builtin) known[code] = node.op;
    if (node.op != nullptr && source.version <= node.op->max_version) continue;
    std::string name = model::OperatorName(source.code, source.custom_name);
    if (node.op != nullptr) name += " version " + std::to_string(source.version);
    missing[name].push_back(&node);
  }
  if (missing.empty()) return {};
  std::string message = "operators that brink lacks: ";
  for (const auto& [name, nodes] : missing) {
    if (message.back() != ' ') message += "; ";
    message +=
        name + " (" + std::to_string(nodes.size()) + (nodes.size() == 1 ? " node: " : " nodes: ");
    for (size_t i = 0; i < nodes.size() && i < kMostNodes; ++i) {
      message += (i == 0 ? "" : ", ") + std::to_string(nodes[i]->index);
      if (!nodes[i]->outputs.empty()) {
        message +=
            " '" + std::string(graph.values[static_cast<size_t>(nodes[i]->outputs[0])].name) + "'";
      }
    }
    message += nodes.size() > kMostNodes ? ", ...)" : ")";
  }
  return Fail(Code::kUnimplemented, std::move(message));
}

void FuseActivations(WorkGraph& graph) {
  const std::vector<int> uses = CountUses(graph);
  std::vector<WorkNode*> maker(graph.values.size());
  NodeFilter kept(graph.nodes);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const WorkNode& node = graph.nodes[i];
    const Activation activation = ActivationNode(node);
    if (activation != Activation::kNone && node.inputs.size() == 1 && node.outputs.size() == 1) {
      const auto input = static_cast<size_t>(node.inputs[0]);
      WorkNode* before = node.inputs[0] == model::kAbsent ? nullptr : maker[input];
      if (before != nullptr && uses[input] == 1 && TakesActivation(graph, *before) &&
          graph.values[static_cast<size_t>(node.outputs[0])].type == Type::kFloat32) {
        before->following = activation;
        before->outputs = node.outputs;
        maker[static_cast<size_t>(node.outputs[0])] = before;
        continue;
      }
    }
    WorkNode& stays = kept.Keep(i);
    for (const int output : stays.outputs) maker[static_cast<size_t>(output)] = &stays;
  }
  kept.Finish();
}

}  // namespace brink::engine
