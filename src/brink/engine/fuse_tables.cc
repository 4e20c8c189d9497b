// The pass FuseTables of passes.h.
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "brink/engine/byte_functions.h"
#include "brink/engine/passes.h"

namespace brink::engine {
namespace {

constexpr int32_t kDequantizeCode = 6;  // BuiltinOperator of schema.fbs
constexpr int32_t kQuantizeCode = 114;
// Of nodes that one table stands for. A model could have as many ends as a chain has nodes, and
// each would have all before it computed.
constexpr size_t kLongestChain = 32;
// Functions of one number, and those that may have a constant as the other.
constexpr std::array kUnary = {8,  14, 19, 20,  21,  28,  47,  59,  65,  66,  73,  75,
                               76, 92, 98, 101, 104, 108, 111, 116, 117, 150, 152, 158};
constexpr std::array kBinary = {0, 18, 41, 42, 55, 57, 78};

template <size_t size>
bool IsOneOf(const std::array<int, size>& codes, const WorkNode& node) {
  return std::find(codes.begin(), codes.end(), node.source->code) != codes.end();
}

const ops::Value& ValueOf(const WorkGraph& graph, int value) {
  return graph.values[static_cast<size_t>(value)];
}

bool IsByte(const WorkGraph& graph, int value) {
  const ops::Value& v = ValueOf(graph, value);
  return (v.type == Type::kInt8 || v.type == Type::kUInt8) && !v.quantization.per_channel();
}

// The input whose every element alone the node makes one of its output of.
std::optional<size_t> OnlyInput(const WorkGraph& graph, const WorkNode& node) {
  const auto is_float = [&](int value) {
    return value >= 0 && ValueOf(graph, value).type == Type::kFloat32;
  };
  if (node.is_deferred || node.outputs.size() != 1 || !is_float(node.outputs[0]) ||
      !std::all_of(node.inputs.begin(), node.inputs.end(), is_float)) {
    return std::nullopt;
  }
  if (node.inputs.size() == 1 && IsOneOf(kUnary, node)) return 0;
  if (node.inputs.size() != 2 || !IsOneOf(kBinary, node)) return std::nullopt;
  for (const size_t i : {0, 1}) {
    const ops::Value& other = ValueOf(graph, node.inputs[1 - i]);
    if (other.is_constant && other.shape.elements() == 1 &&
        !ValueOf(graph, node.inputs[i]).is_constant)
      return i;
  }
  return std::nullopt;
}

// Nodes from a QUANTIZE back to the DEQUANTIZE, or none.
using Makers = std::vector<const WorkNode*>;
Makers ChainOf(const WorkGraph& graph, const Makers& makers, const WorkNode& quantize) {
  Makers chain = {&quantize};
  for (int value = quantize.inputs[0];;) {
    const WorkNode* node = makers[static_cast<size_t>(value)];
    if (node == nullptr || node->is_deferred || chain.size() == kLongestChain) return {};
    chain.push_back(node);
    if (node->source->code == kDequantizeCode)
      return IsByte(graph, node->inputs[0]) ? chain : Makers{};
    const auto input = OnlyInput(graph, *node);
    if (!input) return {};
    value = node->inputs[*input];
  }
}

// What the nodes of a chain make of all bytes, one after the other.
std::optional<std::vector<std::byte>> ResultsOfChain(const WorkGraph& graph, const Makers& chain) {
  const auto bytes = AllBytes();
  std::vector<std::byte> last(bytes.begin(), bytes.end());
  for (auto node = chain.rbegin(); node != chain.rend(); ++node) {
    std::vector<const std::byte*> inputs;
    for (const int input : (*node)->inputs) {
      const ops::Value& value = ValueOf(graph, input);
      inputs.push_back(value.is_constant ? value.data.data() : last.data());
    }
    auto results = ResultsOf(graph, **node, inputs);
    if (!results) return std::nullopt;
    last = std::move(*results);
  }
  return last;
}

// Whether QUANTIZE now makes its output of the bytes that the chain began with.
void TakeOver(const WorkGraph& graph, const Makers& makers, WorkNode& quantize) {
  if (quantize.is_deferred || !IsByte(graph, quantize.outputs[0])) return;
  const Makers chain = ChainOf(graph, makers, quantize);
  if (chain.empty()) return;
  const int source = chain.back()->inputs[0];
  const Shape& shape = ValueOf(graph, source).shape;
  if (shape != ValueOf(graph, quantize.outputs[0]).shape) return;
  const auto results = ResultsOfChain(graph, chain);
  if (!results) return;
  quantize.inputs[0] = source;
  quantize.prepared.kernel = "8-bit table";
  quantize.prepared.run = LookUp(*results, shape.elements());
  quantize.prepared.overwritable = 1;
}

}  // namespace

void FuseTables(WorkGraph& graph) {
  Makers makers(graph.values.size());
  for (WorkNode& node : graph.nodes) {
    if (node.source->code == kQuantizeCode) TakeOver(graph, makers, node);
    for (const int output : node.outputs) makers[static_cast<size_t>(output)] = &node;
  }
}

}  // namespace brink::engine
