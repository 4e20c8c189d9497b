#include "brink/engine/byte_functions.h"

#include <algorithm>

#include "brink/kernels/quantized_elementwise.h"

namespace brink::engine {

std::array<std::byte, 256> AllBytes() {
  std::array<std::byte, 256> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

std::optional<std::vector<std::byte>> ResultsOf(const WorkGraph& graph, const WorkNode& node,
                                                std::span<const std::byte* const> inputs) {
  ops::NodeView view = ViewOf(graph, node);
  std::vector<ops::Value> values;
  values.reserve(view.inputs.size() + 1);  // the view points into it
  const auto shorten = [&](const ops::Value*& value) {
    if (value->is_constant) return;
    values.push_back(*value);
    values.back().shape = {256};
    value = &values.back();
  };
  for (const ops::Value*& input : view.inputs) shorten(input);
  shorten(view.outputs[0]);
  const Result<ops::Prepared> prepared = node.op->prepare(view);
  if (!prepared || prepared->packing || prepared->scratch_bytes > 0) return std::nullopt;
  const auto element_bytes = static_cast<size_t>(TypeBits(view.outputs[0]->type)) / 8;
  std::vector<std::byte> results(256 * element_bytes);
  std::byte* const output = results.data();
  if (!prepared->run({.inputs = inputs, .outputs = {&output, 1}})) return std::nullopt;
  return results;
}

ops::Run LookUp(std::span<const std::byte> results, int64_t count) {
  kernels::ByteTable table{};
  std::transform(results.begin(), results.end(), table.begin(),
                 [](std::byte byte) { return static_cast<uint8_t>(byte); });
  return [table, count](const ops::Buffers& b) {
    kernels::ApplyTable(table, {b.in<uint8_t>(0), b.out<uint8_t>(0), count}, b.parallel);
  };
}

}  // namespace brink::engine
