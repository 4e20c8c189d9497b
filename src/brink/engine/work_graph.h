// A graph while passes work on it: the verified model's nodes and tensors in a form that can be
// changed. Lives only while a Plan is built. Tensors are indices into `values`, the model's own;
// model::kAbsent stands for an input that is left out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/engine/plan.h"
#include "brink/model/graph.h"
#include "brink/ops/op.h"
#include "brink/ops/value.h"

namespace brink::engine {

struct WorkNode {
  const model::Node* source = nullptr;
  int index = 0;                   // in the model, for messages
  const ops::OpDef* op = nullptr;  // set by FindOperators
  std::vector<int> inputs;
  std::vector<int> outputs;
  kernels::Activation following = kernels::Activation::kNone;
  ops::Prepared prepared;  // set by PrepareNodes
};

struct WorkGraph {
  std::vector<ops::Value> values;
  std::vector<WorkNode> nodes;  // in an order in which every input is ready
  std::vector<int> inputs;
  std::vector<int> outputs;
  int threads = 1;
  size_t max_bytes = 0;  // of one tensor, of all folded constants together, and of the arena

  bool IsInput(int value) const;
  bool IsOutput(int value) const;
};

// Fails when an output or a shape that the options name does not exist, or an input's shape is not
// known.
Result<WorkGraph> ImportGraph(const model::Graph& graph, const PlanOptions& options);

// The node as its operator's prepare function sees it; valid while the graph's values stay.
ops::NodeView ViewOf(const WorkGraph& graph, const WorkNode& node);

// The number of nodes that read each value; an output counts as read once more.
std::vector<int> CountUses(const WorkGraph& graph);

}  // namespace brink::engine
