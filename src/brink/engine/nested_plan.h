// Plans within plans: the graphs that IF, WHILE and their like run. engine/ only.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/engine/packed_weights.h"
#include "brink/engine/plan.h"
#include "brink/model/graph.h"
#include "brink/ops/graphs.h"

namespace brink::engine {

// What all plans that are built together share, so that a small hostile file cannot ask for
// endlessly many.
struct PlanBudget {
  int graphs = 0;           // planned or inlined so far
  size_t parts = 0;         // operators and tensors imported so far
  size_t folded_bytes = 0;  // of constants computed so far
};

// What planning any graph of a model needs.
struct PlanContext {
  std::shared_ptr<const model::Model> model;
  std::shared_ptr<const std::vector<ops::VariableInfo>> variables;
  int threads = 1;
  size_t max_bytes = 0;
  int depth = 0;  // of graphs that run graphs
  std::shared_ptr<PlanBudget> budget = std::make_shared<PlanBudget>();
  PackedWeights* packed = nullptr;  // while Plan::Build runs

  // Whether output `index` of the graph is its input `index`, unchanged.
  bool PassesOn(int graph, int index) const;
  // See ops::GraphPlanner.
  std::optional<int32_t> CombinesBy(int graph) const;
};

// Which graph, and for what.
struct PlanRequest {
  int graph = 0;
  std::vector<std::string> outputs;           // as PlanOptions::outputs
  std::map<std::string, Shape> input_shapes;  // as PlanOptions::input_shapes
  // Of a nested graph: what its inputs will be; takes the place of `input_shapes`.
  std::span<const ops::Value> inputs;
  bool is_nested = false;
};

// Plans one graph and, through operators, those that it runs.
Result<std::shared_ptr<Plan::Impl>> BuildPlan(const PlanContext& context,
                                              const PlanRequest& request);

class NestedPlan final : public ops::PlannedGraph {
 public:
  explicit NestedPlan(std::shared_ptr<const Plan::Impl> plan);
  std::span<const ops::GraphOutput> graph_outputs() const override { return outputs_; }
  const std::shared_ptr<const Plan::Impl>& plan() const { return plan_; }

 private:
  std::shared_ptr<const Plan::Impl> plan_;
  std::vector<ops::GraphOutput> outputs_;
};

// The GraphPlanner of a plan that is being built; it keeps what it planned, for the sessions.
class NestedPlanner final : public ops::GraphPlanner {
 public:
  explicit NestedPlanner(PlanContext context) : context_(std::move(context)) {}
  Result<std::shared_ptr<const ops::PlannedGraph>> PlanGraph(
      int graph, std::span<const ops::Value> inputs) override;
  bool PassesOn(int graph, int index) const override { return context_.PassesOn(graph, index); }
  std::optional<int32_t> CombinesBy(int graph) const override { return context_.CombinesBy(graph); }
  std::span<const ops::VariableInfo> variables() const override { return *context_.variables; }

  std::vector<std::shared_ptr<const NestedPlan>> TakePlanned() { return std::move(planned_); }

 private:
  PlanContext context_;
  std::vector<std::shared_ptr<const NestedPlan>> planned_;
};

// The resource variables that the model's VAR_HANDLE nodes name, by container and name, each of the
// type and shape that is assigned to it or read from it first.
std::vector<ops::VariableInfo> FindVariables(const model::Model& model);

}  // namespace brink::engine
