// The pass FuseGates of passes.h.
#include <vector>

#include "brink/engine/byte_functions.h"
#include "brink/engine/passes.h"
#include "brink/kernels/elementwise.h"

namespace brink::engine {
namespace {

constexpr int32_t kLogisticCode = 14;  // BuiltinOperator of schema.fbs
constexpr int32_t kMulCode = 18;
constexpr int32_t kTanhCode = 28;
constexpr int32_t kHardSwishCode = 117;

const ops::Value& ValueOf(const WorkGraph& graph, int value) {
  return graph.values[static_cast<size_t>(value)];
}

// Whether the node makes each element of its output of the same element of its input, in a form
// that is known here.
bool IsGate(const WorkGraph& graph, const WorkNode& node) {
  const int32_t code = node.source->code;
  if (node.is_deferred || node.inputs.size() != 1 || node.outputs.size() != 1) return false;
  const Type type = ValueOf(graph, node.outputs[0]).type;
  if (TypeBits(type) == 8)
    return code == kLogisticCode || code == kTanhCode || code == kHardSwishCode;
  return type == Type::kFloat32 && code == kLogisticCode;
}

// The same of float32: the swish function. It rounds as the two do apart.
bool TakeOverFloats(const WorkGraph& graph, WorkNode& gate, const WorkNode& mul) {
  const auto activation = ViewOf(graph, mul).FusedActivation();
  if (!activation || *activation != kernels::Activation::kNone) return false;
  const int64_t count = ValueOf(graph, gate.inputs[0]).shape.elements();
  gate.prepared.run = [count](const ops::Buffers& b) {
    kernels::Swish({b.in<float>(0), b.out<float>(0), count}, b.parallel);
  };
  gate.prepared.kernel = "float32 x its input";
  gate.outputs = mul.outputs;
  return true;
}

// Whether `gate`, which makes an input of `mul`, now yields what `mul` makes of its output and its
// input.
bool TakeOver(const WorkGraph& graph, WorkNode& gate, const WorkNode& mul) {
  const ops::Value& input = ValueOf(graph, gate.inputs[0]);
  const ops::Value& output = ValueOf(graph, mul.outputs[0]);
  if (input.type != output.type || input.shape != output.shape) return false;
  if (input.type == Type::kFloat32) return TakeOverFloats(graph, gate, mul);
  const auto bytes = AllBytes();
  const std::byte* const all = bytes.data();
  const auto gates = ResultsOf(graph, gate, {&all, 1});
  if (!gates) return false;
  const bool first = mul.inputs[0] == gate.outputs[0];
  const std::byte* const factors[] = {first ? gates->data() : all, first ? all : gates->data()};
  const auto products = ResultsOf(graph, mul, factors);
  if (!products) return false;
  gate.prepared.run = LookUp(*products, output.shape.elements());
  gate.outputs = mul.outputs;
  return true;
}

}  // namespace

void FuseGates(WorkGraph& graph) {
  const std::vector<int> uses = CountUses(graph);
  std::vector<WorkNode*> maker(graph.values.size());
  NodeFilter kept(graph.nodes);
  const auto gate_of = [&](const WorkNode& mul, size_t which) -> WorkNode* {
    const auto value = static_cast<size_t>(mul.inputs[which]);
    WorkNode* gate = maker[value];
    const bool gates = gate != nullptr && uses[value] == 1 && IsGate(graph, *gate) &&
                       gate->inputs[0] == mul.inputs[1 - which];
    return gates ? gate : nullptr;
  };
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const WorkNode& node = graph.nodes[i];
    if (node.source->code == kMulCode && !node.is_deferred && node.inputs.size() == 2) {
      WorkNode* gate = gate_of(node, 0);
      if (gate == nullptr) gate = gate_of(node, 1);
      if (gate != nullptr && TakeOver(graph, *gate, node)) continue;
    }
    WorkNode& stays = kept.Keep(i);
    for (const int output : stays.outputs) maker[static_cast<size_t>(output)] = &stays;
  }
  kept.Finish();
}

}  // namespace brink::engine
