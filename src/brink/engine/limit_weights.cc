// The pass LimitWeights of passes.h.
#include <algorithm>
#include <optional>
#include <vector>

#include "brink/engine/passes.h"

namespace brink::engine {
namespace {

// Packed weights that are worth their speed in a model of any size.
constexpr size_t kAlwaysAllowed = size_t{18} << 20;
// A kernel that much slower than the next is not taken, whatever it saves: the reference.
constexpr double kMostSlowdown = 4;

// Weights of convolutions: Winograd's are 1.8 to 7 times those of the model.
bool HasChoice(const WorkNode& node) { return node.prepared.packing && node.prepared.cost > 0; }

// What all nodes with a choice may pack: as much as the model's file and a plain copy of its
// weights together, which who maps the file and packs has in memory too, without the part of the
// file that is mapped while brink packs the largest.
size_t AllowedBytes(const WorkGraph& graph) {
  size_t stored = 0;
  size_t widened = 0;
  size_t largest = 0;
  for (const WorkNode& node : graph.nodes) {
    if (!HasChoice(node)) continue;
    for (size_t i = 0; i < node.inputs.size() && i < 64; ++i) {
      if ((node.prepared.packed_inputs >> i & 1) == 0 || node.inputs[i] == model::kAbsent) continue;
      const ops::Value& weights = graph.values[static_cast<size_t>(node.inputs[i])];
      const size_t floats = static_cast<size_t>(weights.shape.elements()) * sizeof(float);
      // What is computed of the file's is float16 there as a rule.
      stored += weights.late != nullptr ? floats / 2 : weights.data.size();
      widened += floats;
      largest = std::max(largest, floats);
    }
  }
  return std::max(kAlwaysAllowed, stored + widened - largest);
}

// A node with another kernel.
struct Leaner {
  size_t node = 0;
  ops::Prepared prepared;
  double price = 0;  // microseconds of a run for a byte
};

// The fastest of the kernels that need fewer bytes than the node's.
std::optional<Leaner> NextOf(const WorkGraph& graph, size_t index) {
  const WorkNode& node = graph.nodes[index];
  const size_t bytes = node.prepared.packing->bytes;
  ops::NodeView view = ViewOf(graph, node);
  view.most_packed = bytes - 1;
  Result<ops::Prepared> prepared = node.op->prepare(view);
  if (!prepared || !prepared->packing || prepared->packing->bytes >= bytes) return std::nullopt;
  if (prepared->cost > kMostSlowdown * node.prepared.cost) return std::nullopt;
  const double price =
      (prepared->cost - node.prepared.cost) / static_cast<double>(bytes - prepared->packing->bytes);
  return Leaner{.node = index, .prepared = std::move(*prepared), .price = price};
}

}  // namespace

void LimitWeights(WorkGraph& graph) {
  size_t bytes = 0;
  for (const WorkNode& node : graph.nodes)
    bytes += HasChoice(node) ? node.prepared.packing->bytes : 0;
  if (bytes <= kAlwaysAllowed) return;
  const size_t allowed = AllowedBytes(graph);
  std::vector<Leaner> offers;
  const auto is_dearer = [](const Leaner& a, const Leaner& b) { return a.price > b.price; };
  const auto offer = [&](size_t index) {
    std::optional<Leaner> next = NextOf(graph, index);
    if (!next) return;
    offers.push_back(std::move(*next));
    std::ranges::push_heap(offers, is_dearer);
  };
  for (size_t i = 0; bytes > allowed && i < graph.nodes.size(); ++i) {
    if (HasChoice(graph.nodes[i])) offer(i);
  }
  while (bytes > allowed && !offers.empty()) {
    std::ranges::pop_heap(offers, is_dearer);
    Leaner taken = std::move(offers.back());
    offers.pop_back();
    WorkNode& node = graph.nodes[taken.node];
    bytes -= node.prepared.packing->bytes - taken.prepared.packing->bytes;
    node.prepared = std::move(taken.prepared);
    offer(taken.node);
  }
}

}  // namespace brink::engine
