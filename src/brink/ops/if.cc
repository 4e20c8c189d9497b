// IF: IfOptions {then_subgraph_index, else_subgraph_index}; input 0 is the condition, the others go
// to the graph that it chooses.
#include "brink/ops/graph_arguments.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

using Graph = std::shared_ptr<const PlannedGraph>;

Result<Graph> PlanBranch(const NodeView& node, int field, std::string_view name) {
  std::vector<Value> inputs;
  for (size_t i = 1; i < node.inputs.size(); ++i) inputs.push_back(*node.inputs[i]);
  auto graph = node.graphs->PlanGraph(node.options.Int32(field), inputs);
  if (!graph)
    return node.Fail(graph.error().code, std::string(name) + ": " + graph.error().message);
  BRINK_TRY(CheckOutputs(node, **graph, name));
  return graph;
}

Result<Prepared> Prepare(const NodeView& node) {
  constexpr int kMostInputs = 1 << 16;
  BRINK_TRY(node.CheckCounts(1, kMostInputs, static_cast<int>(node.outputs.size())));
  BRINK_TRY(node.CheckInputType(0, {Type::kBool}));
  if (node.input(0).shape.elements() != 1) return node.Invalid("input 0: wanted one condition");
  BRINK_ASSIGN(std::vector<Argument> arguments, ArgumentsOf(node, 1));
  BRINK_ASSIGN(const Graph then_graph, PlanBranch(node, 0, "then"));
  BRINK_ASSIGN(const Graph else_graph, PlanBranch(node, 1, "else"));
  Prepared prepared{.kernel = "graphs"};
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    prepared.shapes.push_back(
        CommonShape(then_graph->graph_outputs()[i], else_graph->graph_outputs()[i]));
  }
  prepared.run = [then_graph, else_graph, arguments = std::move(arguments),
                  shapes = prepared.shapes](const Buffers& b) -> Status {
    std::vector<ConstTensorView> inputs;
    for (const Argument& argument : arguments) inputs.push_back(ViewOf(b, argument));
    const Graph& chosen = *b.in<uint8_t>(0) != 0 ? then_graph : else_graph;
    BRINK_ASSIGN(const auto outputs, b.host->RunGraph(chosen, inputs));
    return CopyOutputs(b, outputs, shapes);
  };
  return prepared;
}

}  // namespace

extern const OpDef kIf{.name = "IF",
                       .code = 118,
                       .max_version = 1,
                       .foldable = false,
                       .types = "any",
                       .kernels = "graphs",
                       .prepare = Prepare};

}  // namespace brink::ops
