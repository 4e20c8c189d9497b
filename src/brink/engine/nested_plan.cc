#include "brink/engine/nested_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "brink/engine/plan_impl.h"

namespace brink::engine {
namespace {

// Codes of BuiltinOperator in schema.fbs.
constexpr int32_t kVarHandle = 142;
constexpr int32_t kReadVariable = 143;
constexpr int32_t kAssignVariable = 144;

class VariableFinder {
 public:
  std::vector<ops::VariableInfo> Find(const model::Model& model) {
    for (const model::Graph& graph : model.graphs) FindIn(graph);
    for (ops::VariableInfo& variable : found_) {
      if (const auto read = read_.find(variable.name);
          read != read_.end() && !assigned_.contains(variable.name)) {
        variable.type = read->second->type;
        variable.shape = read->second->shape;
      }
    }
    return std::move(found_);
  }

 private:
  void FindIn(const model::Graph& graph) {
    std::map<int, size_t> handles;  // by tensor
    for (const model::Node& node : graph.nodes) {
      if (node.code == kVarHandle && !node.outputs.empty()) {
        handles[node.outputs[0]] = Declare(ops::VariableName(node.options));
        continue;
      }
      const auto handle = node.inputs.empty() ? handles.end() : handles.find(node.inputs[0]);
      if (handle == handles.end()) continue;
      ops::VariableInfo& variable = found_[handle->second];
      const auto tensor = [&](int index) { return &graph.tensors[static_cast<size_t>(index)]; };
      if (node.code == kReadVariable && !node.outputs.empty()) {
        read_.emplace(variable.name, tensor(node.outputs[0]));
      }
      if (node.code == kAssignVariable && node.inputs.size() == 2 &&
          node.inputs[1] != model::kAbsent && assigned_.insert(variable.name).second) {
        variable.type = tensor(node.inputs[1])->type;
        variable.shape = tensor(node.inputs[1])->shape;
      }
    }
  }

  size_t Declare(const std::string& name) {
    const auto [place, is_new] = numbers_.emplace(name, found_.size());
    if (is_new) found_.push_back({.name = name});
    return place->second;
  }

  std::vector<ops::VariableInfo> found_;
  std::map<std::string, size_t> numbers_;
  std::map<std::string, const model::TensorInfo*> read_;
  std::set<std::string> assigned_;
};

}  // namespace

NestedPlan::NestedPlan(std::shared_ptr<const Plan::Impl> plan) : plan_(std::move(plan)) {
  for (const TensorSpec& output : plan_->outputs)
    outputs_.push_back({output.type, output.shape, output.is_dynamic});
}

Result<std::shared_ptr<const ops::PlannedGraph>> NestedPlanner::PlanGraph(
    int graph, std::span<const ops::Value> inputs) {
  constexpr int kDeepest = 16;
  constexpr int kMostGraphs = 1000;
  if (context_.depth >= kDeepest) {
    return Fail(Code::kInvalidArgument,
                "graphs run each other more than " + std::to_string(kDeepest) + " deep");
  }
  if (++context_.budget->graphs > kMostGraphs) {
    return Fail(Code::kResourceExhausted,
                "operators run more than " + std::to_string(kMostGraphs) + " graphs");
  }
  PlanContext inner = context_;
  ++inner.depth;
  auto plan = BuildPlan(inner, {.graph = graph, .inputs = inputs, .is_nested = true});
  if (!plan) return Fail(plan.error().Within("graph " + std::to_string(graph)));
  planned_.push_back(std::make_shared<const NestedPlan>(*std::move(plan)));
  return planned_.back();
}

bool PlanContext::PassesOn(int graph, int index) const {
  if (graph < 0 || static_cast<size_t>(graph) >= model->graphs.size()) return false;
  const model::Graph& found = model->graphs[static_cast<size_t>(graph)];
  const auto i = static_cast<size_t>(index);
  return i < found.inputs.size() && i < found.outputs.size() && found.inputs[i] == found.outputs[i];
}

std::optional<int32_t> PlanContext::CombinesBy(int graph) const {
  if (graph < 0 || static_cast<size_t>(graph) >= model->graphs.size()) return std::nullopt;
  const model::Graph& found = model->graphs[static_cast<size_t>(graph)];
  if (found.inputs.size() != 2 || found.outputs.size() != 1) return std::nullopt;
  if (found.nodes.empty() && found.outputs[0] == found.inputs[1]) return ops::kTakesSecond;
  if (found.nodes.size() != 1) return std::nullopt;
  const model::Node& node = found.nodes[0];
  if (node.outputs != found.outputs || !std::ranges::is_permutation(node.inputs, found.inputs))
    return std::nullopt;
  return node.code;
}

std::vector<ops::VariableInfo> FindVariables(const model::Model& model) {
  return VariableFinder().Find(model);
}

}  // namespace brink::engine
