// The pass LimitWeights of passes.h.
#include <algorithm>
#include <optional>
#include <vector>

#include "brink/engine/passes.h"
#include "brink/kernels/hybrid_conv.h"

namespace brink::engine {
namespace {

// What packed weights may take in a model of any size, and beyond what follows from its size: no
// device is too small for that.
constexpr size_t kAlwaysAllowed = size_t{8} << 20;
constexpr size_t kBeyond = size_t{3} << 20;
// A kernel that much slower than the next is not taken, whatever it saves: the reference.
constexpr double kMostSlowdown = 4;

// Weights of convolutions: Winograd's are 1.8 to 7 times those of the model.
bool HasChoice(const WorkNode& node) { return node.prepared.packing && node.prepared.cost > 0; }

// The largest tensor of a run, also of those that fused nodes no longer write.
size_t LargestTensor(const WorkGraph& graph) {
  size_t largest = 0;
  for (const ops::Value& value : graph.values) {
    if (!value.is_constant) largest = std::max(largest, static_cast<size_t>(value.bytes()));
  }
  return largest;
}

// What all nodes with a choice may pack. Who maps the file, packs a plain copy of its weights,
// bytes as bytes and others as float32, and fuses nothing has both in memory, and once more than
// brink the largest tensor; brink has mapped a part of the file while it packs that.
size_t AllowedBytes(const WorkGraph& graph) {
  size_t stored = 0;
  size_t copied = 0;
  size_t largest = 0;
  bool computes = false;
  for (const WorkNode& node : graph.nodes) {
    if (!HasChoice(node)) continue;
    for (size_t i = 0; i < node.inputs.size() && i < 64; ++i) {
      if ((node.prepared.packed_inputs >> i & 1) == 0 || node.inputs[i] == model::kAbsent) continue;
      const ops::Value& weights = graph.values[static_cast<size_t>(node.inputs[i])];
      const bool bytes = weights.type == Type::kInt8 && kernels::SpeedOfIntegers().keeps_pace;
      const size_t size = bytes ? sizeof(int8_t) : sizeof(float);
      const size_t copy = static_cast<size_t>(weights.shape.elements()) * size;
      // What is computed of the file's is float16 there as a rule.
      stored += weights.late != nullptr ? copy / 2 : weights.data.size();
      computes = computes || weights.late != nullptr;
      copied += copy;
      largest = std::max(largest, copy);
    }
  }
  // Each thread that packs computes into memory of its own.
  const size_t meanwhile = largest * static_cast<size_t>(computes ? std::max(1, graph.threads) : 1);
  const size_t all = stored + copied + LargestTensor(graph) + kBeyond;
  return std::max(kAlwaysAllowed, all - std::min(all, meanwhile));
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

// The choice of kernels for one limit.
class Choice {
 public:
  Choice(WorkGraph& graph, size_t bytes, size_t allowed)
      : graph_(graph), bytes_(bytes), allowed_(allowed) {}

  void Make() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (HasChoice(graph_.nodes[i])) Offer(i);
    }
    while (bytes_ > allowed_ && !offers_.empty()) {
      std::ranges::pop_heap(offers_, IsDearer);
      Leaner offer = std::move(offers_.back());
      offers_.pop_back();
      const size_t node = offer.node;
      Take(std::move(offer));
      Offer(node);
    }
    // The last one taken may have saved more than was missing: room for one before it.
    while (!taken_.empty()) {
      Leaner before = std::move(taken_.back());
      taken_.pop_back();
      if (bytes_ + before.prepared.packing->bytes - BytesOf(before.node) <= allowed_) Swap(before);
    }
  }

 private:
  static bool IsDearer(const Leaner& a, const Leaner& b) { return a.price > b.price; }

  size_t BytesOf(size_t node) const { return graph_.nodes[node].prepared.packing->bytes; }

  void Offer(size_t node) {
    std::optional<Leaner> next = NextOf(graph_, node);
    if (!next) return;
    offers_.push_back(std::move(*next));
    std::ranges::push_heap(offers_, IsDearer);
  }

  void Swap(Leaner& other) {
    bytes_ += other.prepared.packing->bytes - BytesOf(other.node);
    std::swap(graph_.nodes[other.node].prepared, other.prepared);
  }

  // What was is kept, without what was kept of the same node.
  void Take(Leaner offer) {
    Swap(offer);
    std::erase_if(taken_, [&](const Leaner& other) { return other.node == offer.node; });
    taken_.push_back(std::move(offer));
  }

  WorkGraph& graph_;
  size_t bytes_;
  size_t allowed_;
  std::vector<Leaner> offers_;  // a heap, the cheapest first
  std::vector<Leaner> taken_;   // what each node had before, cheapest first
};

}  // namespace

void LimitWeights(WorkGraph& graph) {
  size_t bytes = 0;
  for (const WorkNode& node : graph.nodes)
    bytes += HasChoice(node) ? node.prepared.packing->bytes : 0;
  if (bytes <= kAlwaysAllowed) return;
  const size_t allowed = AllowedBytes(graph);
  if (bytes > allowed) Choice(graph, bytes, allowed).Make();
}

}  // namespace brink::engine
