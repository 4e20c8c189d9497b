// What operators ask of the engine beyond their own tensors: other graphs of the model (IF, WHILE),
// variables that a session keeps, memory for outputs whose size only the data decides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/ops/value.h"
#include "brink/tensor/elements.h"
#include "brink/tensor/shape.h"
#include "brink/tensor/tensor.h"

namespace brink::ops {

struct LookupTable;

// An output of a graph.
struct GraphOutput {
  Type type = Type::kFloat32;
  Shape shape;              // meaningless when is_dynamic
  bool is_dynamic = false;  // each run finds its shape
};

// A graph made ready to run for inputs of certain shapes. Immutable.
class PlannedGraph {
 public:
  virtual ~PlannedGraph() = default;
  virtual std::span<const GraphOutput> graph_outputs() const = 0;
};

// A resource variable (VAR_HANDLE): what all handles of one name share.
struct VariableInfo {
  std::string name;  // VariableName of the handles' options
  Type type = Type::kFloat32;
  Shape shape;
};

inline constexpr int32_t kTakesSecond = -1;  // GraphPlanner::CombinesBy

// What VarHandleOptions {container, shared_name} call a variable: "container/shared_name".
std::string VariableName(const model::OptionsReader& options);

// Valid while a node is prepared; steps have a StepHost.
class GraphPlanner {
 public:
  virtual ~GraphPlanner() = default;

  // Makes graph `graph` of the model ready for `inputs`, of which those with is_constant are folded
  // into it; the others are given to StepHost::RunGraph, in order. Fails as planning a model does,
  // and when the inputs' number or types are not the graph's.
  virtual Result<std::shared_ptr<const PlannedGraph>> PlanGraph(int graph,
                                                                std::span<const Value> inputs) = 0;

  // Whether output `index` of the graph is its input `index`, unchanged.
  virtual bool PassesOn(int graph, int index) const = 0;

  // The code of the operator by which the graph, which is one node, combines its two inputs;
  // kTakesSecond for a graph without nodes whose output is its second input; nothing for all else.
  virtual std::optional<int32_t> CombinesBy(int graph) const = 0;

  // All variables of the model; a handle is an index.
  virtual std::span<const VariableInfo> variables() const = 0;
};

// The session in which a step runs.
class StepHost : public GraphPlanner {
 public:
  // Memory for an output of the step whose Prepared::shapes has a -1. Fails with
  // kResourceExhausted when a session's outputs of this kind would take more than its cap.
  virtual Result<std::byte*> Allocate(int output, const Shape& shape) = 0;

  // Runs a graph; `inputs` have the shapes that it was planned for and are read where they lie. The
  // answer, parts of which may lie in an input, is valid until the next RunGraph of the same
  // planned graph.
  virtual Result<std::span<const ConstTensorView>> RunGraph(
      const std::shared_ptr<const PlannedGraph>& graph,
      std::span<const ConstTensorView> inputs) = 0;

  // The variable's value.
  virtual Tensor& variable(int handle) = 0;

  // The table of this id; empty until HASHTABLE_IMPORT fills it.
  virtual LookupTable& table(int32_t id) = 0;

  // Whether this graph (of CALL_ONCE) is asked about for the first time.
  virtual bool IsFirst(int graph) = 0;

  // Called at each turn of a loop: kCancelled, kDeadlineExceeded, or kResourceExhausted when the
  // run's budget of turns is used up.
  virtual Status Turn() = 0;
};

}  // namespace brink::ops
