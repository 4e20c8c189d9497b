#include "brink/engine/work_graph.h"

#include <algorithm>

namespace brink::engine {
namespace {

// Vector loads want no more, and flatbuffers writes buffers so; a file need not keep to it.
constexpr size_t kConstantAlignment = 16;

ops::Value ImportValue(const model::TensorInfo& info) {
  ops::Value value{.name = info.name,
                   .type = info.type,
                   .shape = info.shape,
                   .quantization = info.quantization,
                   .is_constant = info.is_constant,
                   .is_variable = info.is_variable,
                   .is_sparse = info.sparsity.has_value(),
                   .data = info.data};
  const bool aligned = reinterpret_cast<uintptr_t>(info.data.data()) % kConstantAlignment == 0;
  if (info.is_constant && !aligned && !info.data.empty()) {
    Tensor copy(Type::kUInt8, {static_cast<int64_t>(info.data.size())});
    std::copy(info.data.begin(), info.data.end(), copy.bytes().begin());
    value.owner = std::make_shared<const Tensor>(std::move(copy));
    value.data = value.owner->bytes();
  }
  return value;
}

// The graph's tensor names for an error: its outputs first, no more than a screenful.
std::string ListTensors(const model::Graph& graph) {
  constexpr size_t kMost = 40;
  std::vector<std::string> names;
  for (const int output : graph.outputs)
    names.push_back(graph.tensors[static_cast<size_t>(output)].name);
  for (const model::TensorInfo& tensor : graph.tensors) {
    if (!tensor.is_constant && std::find(names.begin(), names.end(), tensor.name) == names.end() &&
        names.size() <= kMost) {
      names.push_back(tensor.name);
    }
  }
  std::string list;
  for (size_t i = 0; i < names.size() && i < kMost; ++i)
    list += (i == 0 ? "'" : ", '") + names[i] + "'";
  return names.size() > kMost ? list + ", ..." : list;
}

Result<int> FindTensor(const model::Graph& graph, const std::string& name) {
  for (const auto* group : {&graph.outputs, &graph.inputs}) {
    for (const int tensor : *group) {
      if (graph.tensors[static_cast<size_t>(tensor)].name == name) return tensor;
    }
  }
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (graph.tensors[i].name == name) return static_cast<int>(i);
  }
  return Fail(Code::kNotFound,
              "Tensor name not found: '" + name + "', the model has " + ListTensors(graph));
}

Status CheckInputs(const WorkGraph& work) {
  for (const int input : work.inputs) {
    const ops::Value& value = work.values[static_cast<size_t>(input)];
    if (!value.shape.known()) {
      return Fail(Code::kUnimplemented, "input '" + value.name + "': shape " +
                                            value.shape.ToString() +
                                            " is not fully known, a plan needs a fixed shape");
    }
    if (TypeBits(value.type) == 0) {
      return Fail(Code::kUnimplemented, "input '" + value.name + "': type " +
                                            std::string(TypeName(value.type)) +
                                            " is not supported");
    }
  }
  return {};
}

Status ApplyInputShapes(WorkGraph& work, const model::Graph& graph, const PlanOptions& options) {
  for (const auto& [name, shape] : options.input_shapes) {
    BRINK_ASSIGN(const int tensor, FindTensor(graph, name));
    if (!work.IsInput(tensor))
      return Fail(Code::kInvalidArgument, "'" + name + "' is no input, only inputs take a shape");
    work.values[static_cast<size_t>(tensor)].shape = shape;
  }
  return {};
}

}  // namespace

bool WorkGraph::IsInput(int value) const {
  return std::find(inputs.begin(), inputs.end(), value) != inputs.end();
}
bool WorkGraph::IsOutput(int value) const {
  return std::find(outputs.begin(), outputs.end(), value) != outputs.end();
}

Result<WorkGraph> ImportGraph(const model::Graph& graph, const PlanOptions& options) {
  WorkGraph work{.inputs = graph.inputs,
                 .outputs = graph.outputs,
                 .threads = std::max(1, options.threads),
                 .max_bytes = options.max_arena_bytes};
  if (!options.outputs.empty()) {
    work.outputs.clear();
    for (const std::string& name : options.outputs) {
      BRINK_ASSIGN(const int tensor, FindTensor(graph, name));
      work.outputs.push_back(tensor);
    }
  }
  work.values.reserve(graph.tensors.size());
  for (const model::TensorInfo& tensor : graph.tensors) work.values.push_back(ImportValue(tensor));
  for (const int input : work.inputs) work.values[static_cast<size_t>(input)].is_constant = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const model::Node& node = graph.nodes[i];
    work.nodes.push_back({.source = &node,
                          .index = static_cast<int>(i),
                          .inputs = node.inputs,
                          .outputs = node.outputs});
  }
  BRINK_TRY(ApplyInputShapes(work, graph, options));
  BRINK_TRY(CheckInputs(work));
  return work;
}

ops::NodeView ViewOf(const WorkGraph& graph, const WorkNode& node) {
  ops::NodeView view(*node.op, node.index);
  const auto value = [&](int index) { return &graph.values[static_cast<size_t>(index)]; };
  for (const int input : node.inputs)
    view.inputs.push_back(input == model::kAbsent ? nullptr : value(input));
  for (const int output : node.outputs) view.outputs.push_back(value(output));
  view.options = node.source->options;
  view.custom_options = node.source->custom_options;
  view.following = node.following;
  view.threads = graph.threads;
  return view;
}

std::vector<int> CountUses(const WorkGraph& graph) {
  std::vector<int> uses(graph.values.size());
  for (const WorkNode& node : graph.nodes) {
    for (const int input : node.inputs) {
      if (input != model::kAbsent) ++uses[static_cast<size_t>(input)];
    }
  }
  for (const int output : graph.outputs) ++uses[static_cast<size_t>(output)];
  return uses;
}

}  // namespace brink::engine
