#include "brink/ops/graph_arguments.h"

namespace brink::ops {

size_t ViewBytes(Type type, const Shape& shape) {
  const int64_t elements = shape.elements();
  return type == Type::kString ? static_cast<size_t>(elements) * sizeof(std::string)
                               : static_cast<size_t>(PackedBytes(type, elements));
}

Result<std::vector<Argument>> ArgumentsOf(const NodeView& node, size_t first) {
  std::vector<Argument> arguments;
  for (size_t i = first; i < node.inputs.size(); ++i) {
    const Value* input = node.inputs[i];
    if (input == nullptr) return node.Invalid("input " + std::to_string(i) + " is left out");
    if (input->is_constant) continue;
    arguments.push_back({.input = i,
                         .type = input->type,
                         .shape = input->shape,
                         .bytes = ViewBytes(input->type, input->shape)});
  }
  return arguments;
}

ConstTensorView ViewOf(const Buffers& buffers, const Argument& argument) {
  return {argument.type, argument.shape, {buffers.inputs[argument.input], argument.bytes}};
}

Status CheckOutputs(const NodeView& node, const PlannedGraph& graph, std::string_view name) {
  const auto outputs = graph.graph_outputs();
  bool fits = outputs.size() == node.outputs.size();
  for (size_t i = 0; fits && i < outputs.size(); ++i)
    fits = outputs[i].type == node.outputs[i]->type && outputs[i].type != Type::kResource;
  if (fits) return {};
  return node.Invalid(std::string(name) + ": its outputs are not of the node's number and types");
}

Status CopyOutputs(const Buffers& buffers, std::span<const ConstTensorView> outputs,
                   std::span<const Shape> planned) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const ConstTensorView& output = outputs[i];
    std::byte* to = buffers.outputs[i];
    if (!planned[i].known()) {
      BRINK_ASSIGN(to, buffers.host->Allocate(static_cast<int>(i), output.shape));
    }
    CopyElements(output, {output.type, output.shape, {to, output.bytes.size()}});
  }
  return {};
}

Shape CommonShape(const GraphOutput& a, const GraphOutput& b) {
  const bool same = !a.is_dynamic && !b.is_dynamic && a.shape == b.shape;
  return same ? a.shape : Shape{-1};
}

}  // namespace brink::ops
