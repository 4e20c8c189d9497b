#include "brink/engine/work_graph.h"

#include <algorithm>
#include <cstring>

namespace brink::engine {
namespace {

void Own(ops::Value& value, Tensor tensor) {
  value.owner = std::make_shared<const Tensor>(std::move(tensor));
  value.data = ElementsOf(*value.owner).bytes;
}

// The texts of a string constant as the reader has checked it: count, offsets, characters.
std::vector<std::string> ReadStrings(std::span<const std::byte> data, int64_t count) {
  std::vector<std::string> strings;
  const auto offset = [&](int64_t index) {
    int32_t value = 0;
    std::memcpy(&value, data.data() + 4 * (index + 1), sizeof value);
    return static_cast<size_t>(value);
  };
  for (int64_t i = 0; i < count; ++i) {
    strings.emplace_back(reinterpret_cast<const char*>(data.data()) + offset(i),
                         offset(i + 1) - offset(i));
  }
  return strings;
}

// Elements of the type that lie in a file are aligned to their size, or copied: only whole files'
// buffers are sure to be, by flatbuffers, which some writers do not keep to.
size_t AlignmentOf(Type type) {
  constexpr int kMostBytes = alignof(std::max_align_t);
  return static_cast<size_t>(std::clamp(TypeBits(type) / 8, 1, kMostBytes));
}

void AlignConstant(ops::Value& value) {
  if (value.data.empty()) return;
  if (value.type == Type::kString) {
    const int64_t count = value.shape.elements();
    return Own(value, Tensor(value.shape, ReadStrings(value.data, count)));
  }
  if (reinterpret_cast<uintptr_t>(value.data.data()) % AlignmentOf(value.type) == 0) return;
  Tensor copy(Type::kUInt8, {static_cast<int64_t>(value.data.size())});
  std::copy(value.data.begin(), value.data.end(), copy.bytes().begin());
  Own(value, std::move(copy));
}

ops::Value ImportValue(const model::TensorInfo& info) {
  ops::Value value{.name = info.name,
                   .type = info.type,
                   .shape = info.shape,
                   .quantization = info.quantization,
                   .is_constant = info.is_constant,
                   .is_variable = info.is_variable,
                   .sparsity = info.sparsity.get(),
                   .data = info.data};
  if (info.is_constant) AlignConstant(value);
  return value;
}

// The graph's tensor names for an error: its outputs first, no more than a screenful.
std::string ListTensors(const model::Graph& graph) {
  constexpr size_t kMost = 40;
  std::vector<std::string> names;
  for (const int output : graph.outputs)
    names.emplace_back(graph.tensors[static_cast<size_t>(output)].name);
  for (const model::TensorInfo& tensor : graph.tensors) {
    if (!tensor.is_constant && std::find(names.begin(), names.end(), tensor.name) == names.end() &&
        names.size() <= kMost) {
      names.emplace_back(tensor.name);
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

class Importer {
 public:
  Importer(const PlanContext& context, const PlanRequest& request)
      : context_(context),
        request_(request),
        graph_(context.model->graphs[static_cast<size_t>(request.graph)]),
        work_{.model = context.model,
              .inputs = graph_.inputs,
              .outputs = graph_.outputs,
              .has_variables = !context.variables->empty(),
              .threads = std::max(1, context.threads),
              .max_bytes = context.max_bytes} {}

  Result<WorkGraph> Import() {
    if (!request_.outputs.empty()) {
      work_.outputs.clear();
      for (const std::string& name : request_.outputs) {
        BRINK_ASSIGN(const int tensor, FindTensor(graph_, name));
        work_.outputs.push_back(tensor);
      }
    }
    for (const int input : work_.inputs) work_.input_infos.push_back(&Info(input));
    for (const int output : work_.outputs) work_.output_infos.push_back(&Info(output));
    std::vector<int> places(graph_.tensors.size(), kUnplaced);
    ImportValues(graph_, places);
    for (const int input : work_.inputs) {
      Value(input).is_constant = false;
      Value(input).is_variable = false;
    }
    work_.inputs_are_lent = request_.is_nested;
    BRINK_TRY(request_.is_nested ? TakeGivenInputs() : ApplyInputShapes());
    BRINK_TRY(CheckInputs());
    BRINK_TRY(ImportNodes(graph_, places, 0));
    for (size_t i = 0; i < work_.outputs.size(); ++i)
      work_.outputs[i] = places[static_cast<size_t>(work_.outputs[i])];
    return std::move(work_);
  }

 private:
  static constexpr int kUnplaced = -2;
  static constexpr int kCall = 31;  // BuiltinOperator of schema.fbs
  static constexpr int kStablehloComposite = 206;

  const model::TensorInfo& Info(int tensor) const {
    return graph_.tensors[static_cast<size_t>(tensor)];
  }
  ops::Value& Value(int index) { return work_.values[static_cast<size_t>(index)]; }

  // Gives each tensor of `graph` that has no place yet a value of its own.
  void ImportValues(const model::Graph& graph, std::vector<int>& places) {
    if (work_.values.empty()) work_.values.reserve(graph.tensors.size());
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      if (places[i] != kUnplaced) continue;
      places[i] = static_cast<int>(work_.values.size());
      work_.values.push_back(ImportValue(graph.tensors[i]));
    }
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      const auto& blockwise = graph.tensors[i].blockwise;
      if (!blockwise) continue;
      const ops::Value& scales = Value(places[static_cast<size_t>(blockwise->scales)]);
      ops::BlockScales blocks{
          .size = blockwise->block_size, .type = scales.type, .scales = scales.data};
      if (blockwise->zero_points != model::kAbsent) {
        const ops::Value& zeros = Value(places[static_cast<size_t>(blockwise->zero_points)]);
        blocks.zero_type = zeros.type;
        blocks.zero_points = zeros.data;
      }
      Value(places[i]).blocks = std::make_shared<const ops::BlockScales>(blocks);
    }
  }

  Status ApplyInputShapes() {
    for (const auto& [name, shape] : request_.input_shapes) {
      BRINK_ASSIGN(const int tensor, FindTensor(graph_, name));
      if (!work_.IsInput(tensor))
        return Fail(Code::kInvalidArgument, "'" + name + "' is no input, only inputs take a shape");
      Value(tensor).shape = shape;
    }
    return {};
  }

  Status TakeGivenInputs() {
    if (request_.inputs.size() != work_.inputs.size()) {
      return Fail(Code::kInvalidArgument, std::to_string(request_.inputs.size()) +
                                              " values for the " +
                                              std::to_string(work_.inputs.size()) + " inputs");
    }
    for (size_t i = 0; i < request_.inputs.size(); ++i) {
      const ops::Value& given = request_.inputs[i];
      ops::Value& input = Value(work_.inputs[i]);
      if (given.type != input.type) {
        return Fail(Code::kInvalidArgument, "input '" + std::string(input.name) + "': type " +
                                                std::string(TypeName(given.type)) + ", wanted " +
                                                std::string(TypeName(input.type)));
      }
      input.shape = given.shape;
      input.is_constant = given.is_constant;
      input.data = given.data;
      input.owner = given.owner;
      input.sparsity = given.sparsity;
    }
    return {};
  }

  Status CheckInputs() {
    for (const int input : work_.inputs) {
      const ops::Value& value = Value(input);
      if (!value.shape.known()) {
        return Fail(Code::kUnimplemented, "input '" + std::string(value.name) + "': shape " +
                                              value.shape.ToString() +
                                              " is not fully known, a plan needs a fixed shape");
      }
      const bool is_handle = value.type == Type::kResource && value.is_constant;
      if (TypeBits(value.type) == 0 && value.type != Type::kString && !is_handle) {
        return Fail(Code::kUnimplemented, "input '" + std::string(value.name) + "': type " +
                                              std::string(TypeName(value.type)) +
                                              " is not supported");
      }
    }
    return {};
  }

  std::vector<int> Resolve(const std::vector<int>& tensors, const std::vector<int>& places) const {
    std::vector<int> values;
    values.reserve(tensors.size());
    for (const int tensor : tensors) {
      values.push_back(tensor == model::kAbsent ? model::kAbsent
                                                : places[static_cast<size_t>(tensor)]);
    }
    return values;
  }

  Status ImportNodes(const model::Graph& graph, std::vector<int>& places, int depth) {
    BRINK_TRY(Charge(graph.nodes.size() + graph.tensors.size()));
    if (work_.nodes.empty()) work_.nodes.reserve(graph.nodes.size());
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      const model::Node& node = graph.nodes[i];
      if (node.code == kCall || node.code == kStablehloComposite) {
        const Status status = Inline(node, places, depth);
        if (status) continue;
        return Fail(status.error().Within("operator " + std::to_string(i) + " (" +
                                          model::NodeName(node) + ")"));
      }
      work_.nodes.push_back({.source = &node,
                             .index = static_cast<int>(i),
                             .inputs = Resolve(node.inputs, places),
                             .outputs = Resolve(node.outputs, places),
                             .intermediates = Resolve(node.intermediates, places)});
    }
    return {};
  }

  Status Charge(size_t parts) {
    constexpr size_t kMost = 300000;
    context_.budget->parts += parts;
    if (context_.budget->parts <= kMost) return {};
    return Fail(Code::kResourceExhausted, "the model's graphs call each other into more than " +
                                              std::to_string(kMost) + " operators and tensors");
  }

  // CallOptions {subgraph}; StableHLOCompositeOptions {name, decomposition_subgraph_index, ...}.
  Status Inline(const model::Node& node, std::vector<int>& places, int depth) {
    constexpr int kDeepest = 16;
    const int index = node.code == kCall ? node.options.Int32(0) : node.options.Int32(1);
    const auto& graphs = context_.model->graphs;
    if (index < 0 || static_cast<size_t>(index) >= graphs.size()) {
      return Fail(Code::kInvalidArgument, "graph " + std::to_string(index) + ", the model has " +
                                              std::to_string(graphs.size()));
    }
    if (depth >= kDeepest) {
      return Fail(Code::kInvalidArgument,
                  "graphs call each other more than " + std::to_string(kDeepest) + " deep");
    }
    const model::Graph& called = graphs[static_cast<size_t>(index)];
    if (called.inputs.size() != node.inputs.size() ||
        called.outputs.size() != node.outputs.size()) {
      return Fail(Code::kInvalidArgument, std::to_string(node.inputs.size()) + " inputs and " +
                                              std::to_string(node.outputs.size()) +
                                              " outputs, graph " + std::to_string(index) + " has " +
                                              std::to_string(called.inputs.size()) + " and " +
                                              std::to_string(called.outputs.size()));
    }
    BRINK_ASSIGN(std::vector<int> inner, PlaceArguments(node, called, places));
    ImportValues(called, inner);
    BRINK_TRY(ImportNodes(called, inner, depth + 1));
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      places[static_cast<size_t>(node.outputs[i])] = inner[static_cast<size_t>(called.outputs[i])];
    }
    return {};
  }

  // The called graph's inputs are the caller's values; what it makes for an output is the caller's
  // output, so that this keeps its name.
  Result<std::vector<int>> PlaceArguments(const model::Node& node, const model::Graph& called,
                                          const std::vector<int>& places) {
    std::vector<int> inner(called.tensors.size(), kUnplaced);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const int input = node.inputs[i];
      if (input == model::kAbsent)
        return Fail(Code::kUnimplemented, "input " + std::to_string(i) + " is left out");
      inner[static_cast<size_t>(called.inputs[i])] = places[static_cast<size_t>(input)];
    }
    for (const model::Node& made : called.nodes) {
      for (const int tensor : made.outputs) {
        const auto found = std::ranges::find(called.outputs, tensor);
        if (found == called.outputs.end()) continue;
        const auto output = static_cast<size_t>(found - called.outputs.begin());
        inner[static_cast<size_t>(tensor)] = places[static_cast<size_t>(node.outputs[output])];
      }
    }
    return inner;
  }

  const PlanContext& context_;
  const PlanRequest& request_;
  const model::Graph& graph_;
  WorkGraph work_;
};

}  // namespace

bool WorkGraph::IsInput(int value) const {
  return std::find(inputs.begin(), inputs.end(), value) != inputs.end();
}
bool WorkGraph::IsOutput(int value) const {
  return std::find(outputs.begin(), outputs.end(), value) != outputs.end();
}

Result<WorkGraph> ImportGraph(const PlanContext& context, const PlanRequest& request) {
  return Importer(context, request).Import();
}

ops::NodeView ViewOf(const WorkGraph& graph, const WorkNode& node) {
  ops::NodeView view(*node.op, node.index);
  const auto value = [&](int index) { return &graph.values[static_cast<size_t>(index)]; };
  view.inputs.reserve(node.inputs.size());
  view.outputs.reserve(node.outputs.size());
  for (const int input : node.inputs)
    view.inputs.push_back(input == model::kAbsent ? nullptr : value(input));
  for (const int output : node.outputs) view.outputs.push_back(value(output));
  for (const int tensor : node.intermediates)
    view.intermediates.push_back(tensor == model::kAbsent ? nullptr : value(tensor));
  view.options = node.source->options;
  view.custom_options = node.source->custom_options;
  view.following = node.following;
  view.border = node.border;
  view.max_pool = node.max_pool;
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
