#include "brink/engine/placement.h"

#include <algorithm>

namespace brink::engine {
namespace {

class Placer {
 public:
  explicit Placer(const WorkGraph& graph) : graph_(graph), result_{.places = {}, .lifetimes = {}} {
    const int count = static_cast<int>(graph.values.size());
    result_.places.reserve(graph.values.size());
    for (int i = 0; i < count; ++i) result_.places.push_back({.root = i});
    result_.lifetimes.resize(graph.values.size());
  }

  Placements Run() {
    for (const WorkNode& node : graph_.nodes) {
      for (const ops::Placement& placement : node.prepared.placements)
        PlaceByDesign(node, placement);
    }
    FindLifetimes();
    for (size_t step = 0; step < graph_.nodes.size(); ++step)
      Overwrite(graph_.nodes[step], static_cast<int>(step));
    for (size_t i = 0; i < result_.places.size(); ++i)
      result_.places[i] = Find(static_cast<int>(i));
    return std::move(result_);
  }

 private:
  const ops::Value& value(int index) const { return graph_.values[static_cast<size_t>(index)]; }
  bool IsInArena(int index) const { return index != model::kAbsent && LiesInArena(value(index)); }
  Place& place(int index) { return result_.places[static_cast<size_t>(index)]; }
  Lifetime& lifetime(int root) { return result_.lifetimes[static_cast<size_t>(root)]; }

  // Where `index` lies by what is known so far. Each value on the way is then told directly.
  Place Find(int index) {
    Place found{.root = index};
    while (place(found.root).root != found.root) {
      const Place& next = place(found.root);
      found = {.root = next.root, .offset = found.offset + next.offset};
    }
    place(index) = found;
    return found;
  }

  void PlaceByDesign(const WorkNode& node, const ops::Placement& placement) {
    const int input = node.inputs[static_cast<size_t>(placement.input)];
    const int output = node.outputs[static_cast<size_t>(placement.output)];
    if (!IsInArena(input) || !IsInArena(output) || place(output).root != output ||
        graph_.IsInput(output))
      return;
    if (placement.output_in_input) {
      place(output) = {.root = input, .offset = placement.offset};
      return;
    }
    // All that lies with the input moves, so it must be one whole block that no input is.
    const Place from = Find(input);
    const Place to = Find(output);
    if (from.root == to.root || from.offset != 0 || graph_.IsInput(from.root)) return;
    if (value(from.root).bytes() != value(input).bytes()) return;
    place(from.root) = {.root = output, .offset = placement.offset};
  }

  void Use(int index, int step) {
    if (!IsInArena(index)) return;
    Lifetime& used = lifetime(Find(index).root);
    if (used.last < used.first) used = {.first = step, .last = step};
    used.first = std::min(used.first, step);
    used.last = std::max(used.last, step);
  }

  void FindLifetimes() {
    for (const int input : graph_.inputs) Use(input, -1);
    for (size_t step = 0; step < graph_.nodes.size(); ++step) {
      for (const int output : graph_.nodes[step].outputs) Use(output, static_cast<int>(step));
      for (const int input : graph_.nodes[step].inputs) Use(input, static_cast<int>(step));
    }
    for (const int output : graph_.outputs) Use(output, static_cast<int>(graph_.nodes.size()));
  }

  // Gives the first output the memory of an operand that nobody needs afterwards.
  void Overwrite(const WorkNode& node, int step) {
    if (node.prepared.overwritable == 0) return;
    const int output = node.outputs[0];
    if (!IsInArena(output)) return;
    if (Find(output).root != output || lifetime(output).first != step) return;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if ((node.prepared.overwritable >> i & 1) == 0 || !CanOverwrite(node, node.inputs[i], step))
        continue;
      const int last = lifetime(output).last;
      place(output) = {.root = node.inputs[i]};
      Lifetime& shared = lifetime(Find(output).root);
      shared.last = std::max(shared.last, last);
      return;
    }
  }

  bool CanOverwrite(const WorkNode& node, int operand, int step) {
    if (!IsInArena(operand)) return false;
    if (value(operand).bytes() != value(node.outputs[0]).bytes()) return false;
    const Place mine = Find(operand);
    if (lifetime(mine.root).last != step) return false;
    if (graph_.inputs_are_lent && graph_.IsInput(mine.root)) return false;
    // Another operand in the same memory must be the very same elements.
    return std::all_of(node.inputs.begin(), node.inputs.end(), [&](int other) {
      if (!IsInArena(other)) return true;
      const Place theirs = Find(other);
      return theirs.root != mine.root ||
             (theirs.offset == mine.offset && value(other).bytes() == value(operand).bytes());
    });
  }

  const WorkGraph& graph_;
  Placements result_;
};

}  // namespace

bool LiesInArena(const ops::Value& value) {
  return !value.is_constant && !value.is_variable && !value.is_dynamic && TypeBits(value.type) > 0;
}

Placements PlaceValues(const WorkGraph& graph) { return Placer(graph).Run(); }

bool MayLieOverInput(const WorkGraph& graph, const Placements& placements, int step) {
  const WorkNode& node = graph.nodes[static_cast<size_t>(step)];
  if (!node.prepared.lead) return false;
  const Place input = placements.places[static_cast<size_t>(node.inputs[0])];
  const Place output = placements.places[static_cast<size_t>(node.outputs[0])];
  return input.offset == 0 && output.offset == 0 && input.root != output.root &&
         placements.lifetimes[static_cast<size_t>(input.root)].last == step &&
         placements.lifetimes[static_cast<size_t>(output.root)].first == step;
}

bool IsInPlace(const WorkNode& node, const Placements& placements) {
  const auto& wanted = node.prepared.placements;
  return node.prepared.all_in_place &&
         std::all_of(wanted.begin(), wanted.end(), [&](const ops::Placement& placement) {
           const Place input =
               placements
                   .places[static_cast<size_t>(node.inputs[static_cast<size_t>(placement.input)])];
           const Place output = placements.places[static_cast<size_t>(
               node.outputs[static_cast<size_t>(placement.output)])];
           const int64_t offset = placement.output_in_input ? output.offset - input.offset
                                                            : input.offset - output.offset;
           return input.root == output.root && offset == placement.offset;
         });
}

}  // namespace brink::engine
