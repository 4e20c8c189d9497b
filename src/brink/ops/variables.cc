// VAR_HANDLE: VarHandleOptions {container, shared_name} names a variable that the session keeps;
// READ_VARIABLE and ASSIGN_VARIABLE take the handle as input 0. CALL_ONCE: CallOnceOptions
// {init_subgraph_index} runs a graph, which sets variables, once in a session's life.
#include "brink/ops/graph_arguments.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

Result<Prepared> PrepareHandle(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(0, 0, 1));
  BRINK_TRY(node.CheckOutputType(0, {Type::kResource}));
  const std::string name = VariableName(node.options);
  const auto variables = node.graphs->variables();
  for (size_t i = 0; i < variables.size(); ++i) {
    if (variables[i].name != name) continue;
    Prepared prepared{.shapes = {Shape{}}, .kernel = "handle"};
    prepared.known.push_back(
        Tensor::Of<int32_t>(Shape{}, std::vector<int32_t>{static_cast<int32_t>(i)}));
    return prepared;
  }
  return node.Fail(Code::kInternal, "no variable '" + name + "'");
}

struct Handle {
  int number = 0;
  VariableInfo info;
};

Result<Handle> ReadHandle(const NodeView& node) {
  BRINK_TRY(node.CheckInputType(0, {Type::kResource}));
  const std::span<const int32_t> numbers = node.input(0).as<int32_t>();
  const std::span<const VariableInfo> variables = node.graphs->variables();
  // A table's handle is no variable's.
  if (!node.input(0).is_constant || numbers.size() != 1 || numbers[0] < 0 ||
      static_cast<size_t>(numbers[0]) >= variables.size()) {
    return node.Unsupported("input 0: no variable is known for it");
  }
  Handle handle{.number = numbers[0]};
  handle.info = variables[static_cast<size_t>(handle.number)];
  return handle;
}

std::string Describe(Type type, const Shape& shape) {
  return std::string(TypeName(type)) + " " + shape.ToString();
}

Status CheckType(const NodeView& node, const Handle& handle, const Value& value) {
  if (handle.info.type == value.type && TypeBits(value.type) > 0) return {};
  return node.Unsupported("variable '" + handle.info.name + "' of " +
                          Describe(handle.info.type, handle.info.shape) + ", here " +
                          Describe(value.type, value.shape));
}

Result<Prepared> PrepareRead(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_ASSIGN(const Handle handle, ReadHandle(node));
  BRINK_TRY(CheckType(node, handle, node.output(0)));
  return Prepared{.shapes = {handle.info.shape},
                  .kernel = "copy",
                  .run = [number = handle.number](const Buffers& b) {
                    const ConstTensorView from = ElementsOf(b.host->variable(number));
                    CopyElements(from, {from.type, from.shape, {b.outputs[0], from.bytes.size()}});
                  }};
}

Result<Prepared> PrepareAssign(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 0));
  BRINK_ASSIGN(const Handle handle, ReadHandle(node));
  BRINK_TRY(CheckType(node, handle, node.input(1)));
  if (!(handle.info.shape == node.input(1).shape)) {
    return node.Unsupported("variable '" + handle.info.name + "' of " +
                            Describe(handle.info.type, handle.info.shape) + " gets " +
                            Describe(node.input(1).type, node.input(1).shape) +
                            ", a variable of one shape is supported");
  }
  return Prepared{
      .shapes = {}, .kernel = "copy", .run = [number = handle.number](const Buffers& b) {
        const TensorView to = ElementsOf(b.host->variable(number));
        CopyElements({to.type, to.shape, {b.inputs[1], to.bytes.size()}}, to);
      }};
}

Result<Prepared> PrepareCallOnce(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(0, 0, 0));
  const int index = node.options.Int32(0);
  const auto graph = node.graphs->PlanGraph(index, {});
  if (!graph) return node.Fail(graph.error().code, graph.error().message);
  return Prepared{
      .shapes = {}, .kernel = "graph", .run = [index, graph = *graph](const Buffers& b) -> Status {
        if (!b.host->IsFirst(index)) return {};
        BRINK_TRY(b.host->RunGraph(graph, {}));
        return {};
      }};
}

}  // namespace

extern const OpDef kVarHandle{.name = "VAR_HANDLE",
                              .code = 142,
                              .max_version = 1,
                              .types = "any",
                              .kernels = "handle",
                              .prepare = PrepareHandle};
extern const OpDef kReadVariable{.name = "READ_VARIABLE",
                                 .code = 143,
                                 .max_version = 1,
                                 .foldable = false,
                                 .types = "any",
                                 .kernels = "copy",
                                 .prepare = PrepareRead};
extern const OpDef kAssignVariable{.name = "ASSIGN_VARIABLE",
                                   .code = 144,
                                   .max_version = 1,
                                   .foldable = false,
                                   .types = "any",
                                   .kernels = "copy",
                                   .prepare = PrepareAssign};
extern const OpDef kCallOnce{.name = "CALL_ONCE",
                             .code = 129,
                             .max_version = 1,
                             .foldable = false,
                             .types = "any",
                             .kernels = "graph",
                             .prepare = PrepareCallOnce};

}  // namespace brink::ops
