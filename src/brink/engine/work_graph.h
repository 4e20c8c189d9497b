// A graph while passes work on it: the verified model's nodes and tensors in a form that can be
// changed. Lives only while a Plan is built. Tensors are indices into `values`, the model's own
// first, then those of graphs that were inlined; model::kAbsent stands for an input that is left
// out.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/engine/nested_plan.h"
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
  std::vector<int> intermediates;
  kernels::Activation following = kernels::Activation::kNone;
  ops::Border border;        // set by FusePads
  bool max_pool = false;     // set by FusePools
  ops::Prepared prepared;    // set by PrepareNodes
  bool is_deferred = false;  // set by PrepareNodes: each run prepares it, when its inputs are there
};

// Keeps some of a vector's nodes, in their order and in its memory: what is dropped is overwritten.
class NodeFilter {
 public:
  explicit NodeFilter(std::vector<WorkNode>& nodes) : nodes_(nodes) {}

  // Keeps node `index`, which is beyond those kept so far. It stays where it is then.
  WorkNode& Keep(size_t index) {
    if (index != kept_) nodes_[kept_] = std::move(nodes_[index]);
    return nodes_[kept_++];
  }
  // Removes all that were not kept.
  void Finish() { nodes_.resize(kept_); }

 private:
  std::vector<WorkNode>& nodes_;
  size_t kept_ = 0;
};

struct WorkGraph {
  std::shared_ptr<const model::Model> model;
  std::vector<ops::Value> values;
  std::vector<WorkNode> nodes;  // in an order in which every input is ready
  std::vector<int> inputs;
  std::vector<int> outputs;
  // The tensors that `inputs` and `outputs` are in the model.
  std::vector<const model::TensorInfo*> input_infos;
  std::vector<const model::TensorInfo*> output_infos;
  bool inputs_are_lent = false;  // of a nested graph: read where its caller has them
  bool has_variables = false;    // of VAR_HANDLE, anywhere in the model
  int threads = 1;
  size_t max_bytes = 0;  // of one tensor, of all folded constants together, and of the arena

  bool IsInput(int value) const;
  bool IsOutput(int value) const;
};

// Fails when an output or a shape that the options name does not exist, or an input's shape is not
// known. CALL and STABLEHLO_COMPOSITE are replaced by the nodes of the graph that they name.
Result<WorkGraph> ImportGraph(const PlanContext& context, const PlanRequest& request);

// The node as its operator's prepare function sees it; valid while the graph's values stay.
ops::NodeView ViewOf(const WorkGraph& graph, const WorkNode& node);

// The number of nodes that read each value; an output counts as read once more.
std::vector<int> CountUses(const WorkGraph& graph);

}  // namespace brink::engine
