// STABLEHLO_CASE: {branch_subgraph_indices}; input 0 says which of them runs, the last one when it
// is out of range; the others go to that graph.
#include "brink/ops/graph_arguments.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

using Graph = std::shared_ptr<const PlannedGraph>;

Result<std::vector<Graph>> PlanBranches(const NodeView& node) {
  std::vector<Value> inputs;
  for (size_t i = 1; i < node.inputs.size(); ++i) inputs.push_back(*node.inputs[i]);
  std::vector<Graph> graphs;
  for (const int32_t index : node.options.Int32s(0)) {
    const std::string name = "branch " + std::to_string(graphs.size());
    auto graph = node.graphs->PlanGraph(index, inputs);
    if (!graph) return node.Fail(graph.error().code, name + ": " + graph.error().message);
    BRINK_TRY(CheckOutputs(node, **graph, name));
    graphs.push_back(*std::move(graph));
  }
  if (graphs.empty()) return node.Invalid("options: no branch_subgraph_indices");
  return graphs;
}

Result<Prepared> Prepare(const NodeView& node) {
  constexpr int kMostInputs = 1 << 16;
  BRINK_TRY(node.CheckCounts(1, kMostInputs, static_cast<int>(node.outputs.size())));
  BRINK_TRY(node.CheckInputType(0, {Type::kInt32}));
  if (node.input(0).shape.elements() != 1) return node.Invalid("input 0: wanted one number");
  BRINK_ASSIGN(std::vector<Argument> arguments, ArgumentsOf(node, 1));
  BRINK_ASSIGN(std::vector<Graph> graphs, PlanBranches(node));
  Prepared prepared{.kernel = "graphs"};
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    GraphOutput common = graphs[0]->graph_outputs()[i];
    for (const Graph& graph : graphs) {
      common.shape = CommonShape(common, graph->graph_outputs()[i]);
      common.is_dynamic = !common.shape.known();
    }
    prepared.shapes.push_back(common.shape);
  }
  prepared.run = [graphs = std::move(graphs), arguments = std::move(arguments),
                  shapes = prepared.shapes](const Buffers& b) -> Status {
    std::vector<ConstTensorView> inputs;
    for (const Argument& argument : arguments) inputs.push_back(ViewOf(b, argument));
    const int64_t index = *b.in<int32_t>(0);
    const auto count = static_cast<int64_t>(graphs.size());
    const Graph& chosen =
        index >= 0 && index < count ? graphs[static_cast<size_t>(index)] : graphs.back();
    BRINK_ASSIGN(const auto outputs, b.host->RunGraph(chosen, inputs));
    return CopyOutputs(b, outputs, shapes);
  };
  return prepared;
}

}  // namespace

extern const OpDef kStablehloCase{.name = "STABLEHLO_CASE",
                                  .code = 209,
                                  .foldable = false,
                                  .types = "any",
                                  .kernels = "graphs",
                                  .prepare = Prepare};

}  // namespace brink::ops
