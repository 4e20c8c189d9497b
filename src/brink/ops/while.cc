// WHILE: WhileOptions {cond_subgraph_index, body_subgraph_index}. The body turns the inputs into
// what the next turn takes, as long as the condition says so; the last are the outputs. What the
// body hands on unchanged and is constant outside is constant inside.
#include <optional>
#include <utility>

#include "brink/ops/graph_arguments.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

using Graph = std::shared_ptr<const PlannedGraph>;

struct Graphs {
  Graph condition;
  Graph body;
};

Result<Graphs> PlanGraphs(GraphPlanner& planner, const model::OptionsReader& options,
                          std::span<const Value> values) {
  Graphs graphs;
  auto condition = planner.PlanGraph(options.Int32(0), values);
  if (!condition) return Fail(condition.error().Within("condition"));
  const auto decision = (*condition)->graph_outputs();
  if (decision.size() != 1 || decision[0].type != Type::kBool || decision[0].is_dynamic ||
      decision[0].shape.elements() != 1) {
    return Fail(Code::kInvalidArgument, "condition: its output is not one BOOL");
  }
  auto body = planner.PlanGraph(options.Int32(1), values);
  if (!body) return Fail(body.error().Within("body"));
  graphs.condition = *std::move(condition);
  graphs.body = *std::move(body);
  return graphs;
}

// What a run of the loop needs and every run shares.
struct Loop {
  model::OptionsReader options;
  std::vector<Value> values;  // one an input; of constants with data
  std::vector<Argument> arguments;
  std::vector<Shape> shapes;  // planned, of the outputs
  Graphs graphs;              // for the shapes at the start
};

// The values of the loop between turns; constants have none. What a turn makes of them goes to a
// second set, for it may lie in any of the first.
class Carry {
 public:
  Carry(const Loop& loop, const Buffers& b)
      : tensors_(loop.values.size()), next_(loop.values.size()) {
    for (const Argument& argument : loop.arguments) SetNext(argument.input, ViewOf(b, argument));
    Turn();
  }

  std::span<const ConstTensorView> views() const { return views_; }

  // Takes over what the body made; whether a shape has changed.
  bool Update(std::span<const ConstTensorView> outputs) {
    bool changed = false;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!tensors_[i]) continue;
      changed = changed || !(tensors_[i]->shape() == outputs[i].shape);
      SetNext(i, outputs[i]);
    }
    Turn();
    return changed;
  }

  const std::optional<Tensor>& operator[](size_t index) const { return tensors_[index]; }

 private:
  void SetNext(size_t index, const ConstTensorView& from) {
    std::optional<Tensor>& now = tensors_[index];
    std::optional<Tensor>& next = next_[index];
    if (now && now->shape() == from.shape && ElementsOf(*now).bytes.data() == from.bytes.data()) {
      std::swap(now, next);  // it stays
      return;
    }
    if (!next || !(next->shape() == from.shape)) next = Tensor(from.type, from.shape);
    CopyElements(from, ElementsOf(*next));
  }

  void Turn() {
    std::swap(tensors_, next_);
    views_.clear();
    for (std::optional<Tensor>& tensor : tensors_) {
      if (tensor) views_.push_back(ElementsOf(*tensor));
    }
  }

  std::vector<std::optional<Tensor>> tensors_;
  std::vector<std::optional<Tensor>> next_;
  std::vector<ConstTensorView> views_;
};

// Plans the graphs again for what the loop carries now.
Result<Graphs> Replan(const Loop& loop, const Carry& carry, StepHost& host) {
  std::vector<Value> values = loop.values;
  for (size_t i = 0; i < values.size(); ++i) {
    if (carry[i]) values[i].shape = carry[i]->shape();
  }
  return PlanGraphs(host, loop.options, values);
}

Status CopyResults(const Loop& loop, const Carry& carry, const Buffers& b) {
  std::vector<ConstTensorView> results;
  for (size_t i = 0; i < loop.values.size(); ++i) {
    const Value& value = loop.values[i];
    results.push_back(carry[i] ? ElementsOf(*carry[i])
                               : ConstTensorView{value.type, value.shape, value.data});
  }
  return CopyOutputs(b, results, loop.shapes);
}

Status RunLoop(const Loop& loop, const Buffers& b) {
  Carry carry(loop, b);
  Graphs graphs = loop.graphs;
  for (;;) {
    BRINK_TRY(b.host->Turn());
    BRINK_ASSIGN(const auto decision, b.host->RunGraph(graphs.condition, carry.views()));
    if (!decision[0].as<bool>()[0]) return CopyResults(loop, carry, b);
    BRINK_ASSIGN(const auto outputs, b.host->RunGraph(graphs.body, carry.views()));
    if (carry.Update(outputs)) {
      BRINK_ASSIGN(graphs, Replan(loop, carry, *b.host));
    }
  }
}

// The inputs as the body sees them: only what no turn changes stays constant.
Result<std::vector<Value>> LoopValues(const NodeView& node) {
  std::vector<Value> values;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == nullptr)
      return node.Invalid("input " + std::to_string(i) + " is left out");
    Value& value = values.emplace_back(*node.inputs[i]);
    const bool kept =
        value.is_constant && node.graphs->PassesOn(node.options.Int32(1), static_cast<int>(i));
    if (value.is_constant && !kept && value.type != Type::kResource) value.is_constant = false;
    if (!value.is_constant) value.sparsity = nullptr;
  }
  return values;
}

Result<Prepared> Prepare(const NodeView& node) {
  constexpr int kMostInputs = 1 << 16;
  BRINK_TRY(node.CheckCounts(0, kMostInputs, static_cast<int>(node.inputs.size())));
  auto loop = std::make_shared<Loop>();
  loop->options = node.options;
  BRINK_ASSIGN(loop->values, LoopValues(node));
  const Result<Graphs> graphs = PlanGraphs(*node.graphs, node.options, loop->values);
  if (!graphs) return node.Fail(graphs.error().code, graphs.error().message);
  loop->graphs = *graphs;
  BRINK_TRY(CheckOutputs(node, *loop->graphs.body, "body"));
  for (size_t i = 0; i < loop->values.size(); ++i) {
    const Value& value = loop->values[i];
    const GraphOutput start{.type = value.type, .shape = value.shape};
    loop->shapes.push_back(CommonShape(start, loop->graphs.body->graph_outputs()[i]));
    if (value.is_constant) continue;
    loop->arguments.push_back({.input = i,
                               .type = value.type,
                               .shape = value.shape,
                               .bytes = ViewBytes(value.type, value.shape)});
  }
  return Prepared{.shapes = loop->shapes, .kernel = "graphs", .run = [loop](const Buffers& b) {
                    return RunLoop(*loop, b);
                  }};
}

}  // namespace

extern const OpDef kWhile{.name = "WHILE",
                          .code = 119,
                          .max_version = 1,
                          .foldable = false,
                          .types = "any",
                          .kernels = "graphs",
                          .prepare = Prepare};

}  // namespace brink::ops
