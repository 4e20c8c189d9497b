// The pass FuseBands of passes.h.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "brink/engine/passes.h"
#include "brink/engine/placement.h"
#include "brink/ops/conv_bands.h"

namespace brink::engine {
namespace {

// A tensor of fewer bytes is not worth the bands.
constexpr int64_t kLeastBytes = int64_t{512} << 10;
// Each looks at all of the graph, of which a hostile one has much; a real model has a few of such.
constexpr int kMostFused = 32;

// Nodes of which the second alone reads what the first makes, of so many bytes.
struct Pair {
  size_t first = 0;
  size_t second = 0;
  int64_t bytes = 0;
};

class BandFuser {
 public:
  explicit BandFuser(WorkGraph& graph) : graph_(graph) {}

  void Run() {
    FindPairs();
    if (pairs_.empty()) return;
    FindNeeds();
    for (int fused = 0; fused < kMostFused && FuseAtFullest();) ++fused;
    NodeFilter kept(graph_.nodes);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (graph_.nodes[i].op != nullptr) kept.Keep(i);
    }
    kept.Finish();
  }

 private:
  WorkNode& node(size_t index) { return graph_.nodes[index]; }
  int64_t BytesOf(int value) const { return graph_.values[static_cast<size_t>(value)].bytes(); }

  void FindPairs() {
    std::vector<int> uses;
    std::vector<size_t> maker(graph_.values.size(), graph_.nodes.size());
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (node(i).prepared.conv == nullptr) continue;
      const int input = node(i).inputs[0];
      const size_t before = maker[static_cast<size_t>(input)];
      maker[static_cast<size_t>(node(i).outputs[0])] = i;
      if (before > i || BytesOf(input) < kLeastBytes) continue;
      if (uses.empty()) uses = CountUses(graph_);
      if (uses[static_cast<size_t>(input)] == 1) pairs_.push_back({before, i, BytesOf(input)});
    }
    // Of several that a step is part of, the first one here is then the one to fuse.
    std::ranges::stable_sort(pairs_,
                             [](const Pair& a, const Pair& b) { return a.bytes > b.bytes; });
  }

  // What the arena must hold in each step, at least.
  void FindNeeds() {
    const Placements placements = PlaceValues(graph_);
    const int steps = static_cast<int>(graph_.nodes.size());
    needs_.assign(graph_.nodes.size() + 1, 0);  // at first, what begins or ends with a step
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      const Lifetime& used = placements.lifetimes[i];
      if (placements.places[i].root != static_cast<int>(i) || used.last < used.first) continue;
      needs_[static_cast<size_t>(std::max(used.first, 0))] += graph_.values[i].bytes();
      needs_[static_cast<size_t>(std::min(used.last, steps - 1)) + 1] -= graph_.values[i].bytes();
    }
    std::partial_sum(needs_.begin(), needs_.end(), needs_.begin());
    for (int step = 0; step < steps; ++step) {
      const ops::Prepared& prepared = node(static_cast<size_t>(step)).prepared;
      int64_t& needs = needs_[static_cast<size_t>(step)];
      needs += static_cast<int64_t>(prepared.scratch_bytes);
      if (MayLieOverInput(graph_, placements, step))
        needs -= Shared(node(static_cast<size_t>(step)));
    }
  }

  // What an output shares with the input that it lies over.
  int64_t Shared(const WorkNode& node) const {
    const int64_t shared = BytesOf(node.outputs[0]) - static_cast<int64_t>(*node.prepared.lead);
    return std::clamp<int64_t>(shared, 0, BytesOf(node.inputs[0]));
  }

  // Whether there was a pair that the fullest step is part of, and it is less full now.
  bool FuseAtFullest() {
    const auto fullest = static_cast<size_t>(std::ranges::max_element(needs_) - needs_.begin());
    for (const Pair pair : pairs_) {
      if ((pair.first != fullest && pair.second != fullest) || !Fuse(pair, needs_[fullest]))
        continue;
      std::erase_if(pairs_, [&](const Pair& other) {
        return other.first == pair.first || other.second == pair.first ||
               other.first == pair.second;
      });
      return true;
    }
    return false;
  }

  // Whether the step of both needs less than `most`; if not, they are as they were.
  bool Fuse(const Pair& pair, int64_t most) {
    std::optional<WorkNode> joint = JointOf(node(pair.first), node(pair.second));
    if (!joint) return false;
    WorkNode first = std::exchange(node(pair.first), std::move(*joint));
    WorkNode second = std::exchange(node(pair.second), {});
    FindNeeds();
    if (needs_[pair.first] < most) return true;
    node(pair.first) = std::move(first);
    node(pair.second) = std::move(second);
    FindNeeds();
    return false;
  }

  std::optional<WorkNode> JointOf(const WorkNode& first, const WorkNode& second) const {
    std::optional<ops::Prepared> prepared =
        ops::InBands(first.prepared, second.prepared, graph_.threads);
    if (!prepared) return std::nullopt;
    prepared->packed_inputs =
        first.prepared.packed_inputs | second.prepared.packed_inputs >> 1 << first.inputs.size();
    WorkNode joint{.source = second.source,
                   .index = second.index,
                   .op = second.op,
                   .inputs = first.inputs,
                   .outputs = second.outputs,
                   .prepared = std::move(*prepared)};
    joint.inputs.insert(joint.inputs.end(), second.inputs.begin() + 1, second.inputs.end());
    return joint;
  }

  WorkGraph& graph_;
  std::vector<Pair> pairs_;
  std::vector<int64_t> needs_;  // one a step
};

}  // namespace

void FuseBands(WorkGraph& graph) {
  if (graph.threads > 1) return;  // each band would have them wait for each other, twice
  BandFuser(graph).Run();
}

}  // namespace brink::engine
