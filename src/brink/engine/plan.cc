#include "brink/engine/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "brink/engine/memory_planner.h"
#include "brink/engine/packed_weights.h"
#include "brink/engine/passes.h"
#include "brink/engine/placement.h"
#include "brink/engine/plan_impl.h"
#include "brink/engine/work_graph.h"

namespace brink::engine {
namespace {

// The memory planner is quadratic in these; real models have a few thousand.
constexpr size_t kMostBlocks = 60000;

TensorSpec Spec(const ops::Value& value, const model::TensorInfo& info) {
  return {.name = std::string(info.name),
          .type = value.type,
          .shape = value.shape,
          .shape_signature = info.shape_signature(),
          .quantization = value.quantization.Copy(),
          .is_dynamic = value.is_dynamic};
}

// Turns prepared nodes into a Plan::Impl: memory first, then weights, so that what does not fit
// costs nothing.
class PlanBuilder {
 public:
  PlanBuilder(WorkGraph graph, PackedWeights* packed)
      : graph_(std::move(graph)), placements_(PlaceValues(graph_)), packed_(packed) {
    lent_.assign(graph_.values.size(), -1);
    for (size_t i = 0; graph_.inputs_are_lent && i < graph_.inputs.size(); ++i)
      lent_[static_cast<size_t>(graph_.inputs[i])] = static_cast<int>(i);
  }

  Result<std::shared_ptr<Plan::Impl>> Build(std::vector<std::shared_ptr<const NestedPlan>> nested) {
    AddSlots();
    BRINK_TRY(LayOut(nested));
    for (size_t i = 0; i < graph_.inputs.size(); ++i) {
      const int input = graph_.inputs[i];
      impl_->inputs.push_back(Spec(value(input), *graph_.input_infos[i]));
      impl_->input_locations.push_back(Locate(input));
    }
    FindSharedPackings();
    Reserve();
    impl_->steps.reserve(graph_.nodes.size());
    impl_->infos.reserve(graph_.nodes.size());
    for (size_t step = 0; step < graph_.nodes.size(); ++step) AddStep(graph_.nodes[step], step);
    for (size_t i = 0; i < graph_.outputs.size(); ++i) {
      const int output = graph_.outputs[i];
      impl_->outputs.push_back(Spec(value(output), *graph_.output_infos[i]));
      impl_->output_locations.push_back(Locate(output));
      Keep(output);
    }
    for (const auto& plan : nested) impl_->weights_bytes += plan->plan()->weights_bytes;
    impl_->nested = std::move(nested);
    return std::move(impl_);
  }

 private:
  const ops::Value& value(int index) const { return graph_.values[static_cast<size_t>(index)]; }

  // A place outside of the arena for each tensor that steps use but that cannot lie there.
  void AddSlots() {
    slot_of_.assign(graph_.values.size(), -1);
    const auto add = [&](int index) {
      if (index == model::kAbsent || slot_of_[static_cast<size_t>(index)] >= 0) return;
      const ops::Value& v = value(index);
      if (v.is_constant || LiesInArena(v)) return;
      Slot slot{.type = v.type, .shape = v.shape};
      if (v.is_variable) {
        slot.kind = Slot::Kind::kState;
        if (v.type == Type::kInt8 && !v.quantization.empty())
          slot.zero_point = v.quantization.zero_point[0];
      } else if (!v.is_dynamic) {
        slot.kind = Slot::Kind::kStrings;
      }
      impl_->session_bytes += slot.kind == Slot::Kind::kState ? static_cast<size_t>(v.bytes()) : 0;
      slot_of_[static_cast<size_t>(index)] = static_cast<int>(impl_->slots.size());
      impl_->slots.push_back(slot);
    };
    for (const int input : graph_.inputs) add(input);
    for (const WorkNode& node : graph_.nodes) {
      impl_->session_bytes += node.prepared.kept_bytes;
      for (const int input : node.inputs) add(input);
      for (const int output : node.outputs) add(output);
    }
    for (const int output : graph_.outputs) add(output);
  }

  Status LayOut(std::span<const std::shared_ptr<const NestedPlan>> nested) {
    std::vector<Block> blocks;
    blocks.reserve(graph_.values.size() + graph_.nodes.size());
    std::vector<int> block_of(graph_.values.size(), -1);
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      const Lifetime& lifetime = placements_.lifetimes[i];
      const bool is_root = placements_.places[i].root == static_cast<int>(i);
      if (!is_root || lent_[i] >= 0 || !LiesInArena(graph_.values[i]) ||
          lifetime.last < lifetime.first)
        continue;
      block_of[i] = static_cast<int>(blocks.size());
      blocks.push_back(
          {static_cast<size_t>(graph_.values[i].bytes()), lifetime.first, lifetime.last});
    }
    const size_t tensors = blocks.size();
    LayOver(blocks, block_of);
    AddScratch(blocks);
    if (blocks.size() > kMostBlocks) {
      return Fail(Code::kResourceExhausted, std::to_string(blocks.size()) +
                                                " tensors and steps to lay out, the limit is " +
                                                std::to_string(kMostBlocks));
    }
    for (const Block& block : blocks) {
      if (block.bytes > graph_.max_bytes) return TooLarge(block.bytes);
    }
    const MemoryLayout layout = PlanMemory(blocks);
    impl_->arena_bytes = layout.bytes;
    impl_->session_bytes += layout.bytes;
    for (const auto& plan : nested) impl_->session_bytes += plan->plan()->session_bytes;
    if (impl_->session_bytes > graph_.max_bytes) return TooLarge(impl_->session_bytes);
    offsets_.resize(graph_.values.size());
    for (size_t i = 0; i < block_of.size(); ++i) {
      if (block_of[i] >= 0) offsets_[i] = layout.offsets[static_cast<size_t>(block_of[i])];
    }
    scratch_.assign(layout.offsets.begin() + static_cast<std::ptrdiff_t>(tensors),
                    layout.offsets.end());
    return {};
  }

  void AddScratch(std::vector<Block>& blocks) const {
    for (size_t step = 0; step < graph_.nodes.size(); ++step) {
      blocks.push_back({graph_.nodes[step].prepared.scratch_bytes, static_cast<int>(step),
                        static_cast<int>(step)});
    }
  }

  // Which outputs may lie over their nodes' inputs.
  void LayOver(std::vector<Block>& blocks, const std::vector<int>& block_of) const {
    for (size_t step = 0; step < graph_.nodes.size(); ++step) {
      if (!MayLieOverInput(graph_, placements_, static_cast<int>(step))) continue;
      const WorkNode& node = graph_.nodes[step];
      const auto block = [&](int value) {
        return block_of[static_cast<size_t>(placements_.places[static_cast<size_t>(value)].root)];
      };
      const int output = block(node.outputs[0]);
      if (output < 0 || block(node.inputs[0]) < 0) continue;
      blocks[static_cast<size_t>(output)].over = block(node.inputs[0]);
      blocks[static_cast<size_t>(output)].lead = *node.prepared.lead;
    }
  }

  tl::unexpected<Error> TooLarge(size_t bytes) const {
    return Fail(Code::kResourceExhausted, "a session would need an arena of " +
                                              std::to_string(bytes) + " bytes, the limit is " +
                                              std::to_string(graph_.max_bytes));
  }

  Location Locate(int index) const {
    if (index == model::kAbsent) return {};
    if (value(index).is_constant)
      return {.where = Location::Where::kConstant, .constant = value(index).data.data()};
    if (const int slot = slot_of_[static_cast<size_t>(index)]; slot >= 0)
      return {.where = Location::Where::kSlot, .offset = static_cast<size_t>(slot)};
    const Place place = placements_.places[static_cast<size_t>(index)];
    if (const int lent = lent_[static_cast<size_t>(place.root)]; lent >= 0) {
      return {.where = Location::Where::kLent,
              .offset = static_cast<size_t>(place.offset),
              .input = static_cast<size_t>(lent)};
    }
    return {
        .where = Location::Where::kArena,
        .offset = offsets_[static_cast<size_t>(place.root)] + static_cast<size_t>(place.offset)};
  }

  // Keeps a computed constant's memory as long as the plan lives.
  void Keep(int index) {
    if (index == model::kAbsent) return;
    const auto& owner = value(index).owner;
    if (owner == nullptr || !kept_.insert(owner.get()).second) return;
    impl_->constants.push_back(owner);
    impl_->weights_bytes += owner->bytes().size();
  }

  bool Packs(const WorkNode& node) const {
    return node.prepared.packing && !node.is_deferred && !IsInPlace(node, placements_);
  }

  // A packing that one node or more read: known by the values that it is made of, and its recipe.
  using PackingKey = std::pair<std::vector<int>, std::string>;
  struct SharedPacking {
    size_t first_node = 0;
    std::shared_ptr<const std::byte> packed;  // once the first node is a step
  };

  void FindSharedPackings() {
    shared_of_.assign(graph_.nodes.size(), nullptr);
    for (size_t step = 0; step < graph_.nodes.size(); ++step) {
      WorkNode& node = graph_.nodes[step];
      if (!Packs(node) || node.prepared.packing->recipe.empty()) continue;
      PackingKey key(PackedInputs(node), std::move(node.prepared.packing->recipe));
      const SharedPacking made{.first_node = step, .packed = nullptr};
      shared_of_[step] = &shared_.try_emplace(std::move(key), made).first->second;
    }
  }

  // Memory for all weights that steps pack, perhaps with an arena behind them.
  void Reserve() {
    if (packed_ == nullptr) return;
    size_t bytes = 0;
    for (size_t step = 0; step < graph_.nodes.size(); ++step) {
      const WorkNode& node = graph_.nodes[step];
      const SharedPacking* shared = shared_of_[step];
      if (Packs(node) && (shared == nullptr || shared->first_node == step))
        bytes += PackedWeights::ReservedBytes(node.prepared.packing->bytes);
    }
    impl_->spare_arena = packed_->Reserve(bytes, impl_->arena_bytes);
  }

  static std::vector<int> PackedInputs(const WorkNode& node) {
    std::vector<int> values;
    for (size_t i = 0; i < node.inputs.size() && i < 64; ++i) {
      if ((node.prepared.packed_inputs >> i & 1) != 0 && node.inputs[i] != model::kAbsent)
        values.push_back(node.inputs[i]);
    }
    return values;
  }

  void AddStep(WorkNode& node, size_t index) {
    if (IsInPlace(node, placements_)) return;
    Step step;
    if (node.is_deferred) {
      step.deferred = std::make_shared<const DeferredNode>(Defer(node));
    } else if (const auto& packing = node.prepared.packing) {
      step.run = packing->step(Packed(node, index));
    } else {
      step.run = node.prepared.run;
    }
    step.inputs.reserve(node.inputs.size());
    step.outputs.reserve(node.outputs.size());
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const bool packed = i < 64 && (node.prepared.packed_inputs >> i & 1) != 0;
      step.inputs.push_back(packed ? Location{} : Locate(node.inputs[i]));
      if (!packed) Keep(node.inputs[i]);
    }
    for (const int output : node.outputs) step.outputs.push_back(Locate(output));
    if (node.prepared.scratch_bytes > 0)
      step.scratch = {.where = Location::Where::kArena, .offset = scratch_[index]};
    step.kept_bytes = node.prepared.kept_bytes;
    impl_->steps.push_back(std::move(step));
    StepInfo info{
        .node = node.index,
        .op = node.op->name,
        .kernel = node.is_deferred ? "chosen in each run" : std::move(node.prepared.kernel),
        .macs = node.prepared.macs};
    info.bytes = BytesOf(node);
    if (!node.outputs.empty()) {
      info.output = value(node.outputs[0]).name;
      info.shape = value(node.outputs[0]).shape;
    }
    impl_->infos.push_back(std::move(info));
    node.prepared = {};  // lets go of what runs do not need
  }

  // The node's weights, or those of a node before it that are packed alike.
  std::shared_ptr<const std::byte> Packed(WorkNode& node, size_t index) {
    SharedPacking* shared = shared_of_[index];
    if (shared != nullptr && shared->packed != nullptr) return shared->packed;
    impl_->weights_bytes += node.prepared.packing->bytes;
    auto packed = Pack(node);
    if (shared != nullptr) shared->packed = packed;
    return packed;
  }

  std::shared_ptr<const std::byte> Pack(WorkNode& node) const {
    ops::Packing& packing = *node.prepared.packing;
    if (packed_ == nullptr) return packing.InMemory();
    std::vector<std::span<const std::byte>> reads;
    for (const int input : PackedInputs(node)) reads.push_back(value(input).data);
    return packed_->Take({.bytes = packing.bytes,
                          .write = std::move(packing.write),
                          .step = nullptr,
                          .scratch_bytes = packing.scratch_bytes},
                         std::move(reads));
  }

  int64_t BytesOf(const WorkNode& node) const {
    int64_t bytes = 0;
    for (const std::vector<int>* values : {&node.inputs, &node.outputs}) {
      for (const int index : *values) bytes += index == model::kAbsent ? 0 : value(index).bytes();
    }
    return bytes;
  }

  DeferredNode Defer(const WorkNode& node) const {
    DeferredNode deferred{.op = node.op,
                          .index = node.index,
                          .options = node.source->options,
                          .custom_options = node.source->custom_options,
                          .following = node.following};
    const auto copy = [&](int index) {
      return index == model::kAbsent ? std::nullopt : std::optional(value(index));
    };
    for (const int input : node.inputs) deferred.inputs.push_back(copy(input));
    for (const int output : node.outputs) deferred.outputs.push_back(value(output));
    for (const int tensor : node.intermediates) deferred.intermediates.push_back(copy(tensor));
    return deferred;
  }

  WorkGraph graph_;
  Placements placements_;
  PackedWeights* packed_;        // null: packs into memory
  std::vector<int> lent_;        // which lent input each value is, or -1
  std::vector<int> slot_of_;     // each value's slot, or -1
  std::vector<size_t> offsets_;  // of roots
  std::vector<size_t> scratch_;  // one a node
  std::set<const Tensor*> kept_;
  std::map<PackingKey, SharedPacking> shared_;
  std::vector<SharedPacking*> shared_of_;  // each node's, where others may share it
  std::shared_ptr<Plan::Impl> impl_ = std::make_shared<Plan::Impl>();
};

bool HasState(const Plan::Impl& plan) {
  return !plan.context.variables->empty() ||
         std::ranges::any_of(plan.slots,
                             [](const Slot& s) { return s.kind == Slot::Kind::kState; }) ||
         std::ranges::any_of(plan.steps, [](const Step& step) { return step.kept_bytes > 0; }) ||
         std::ranges::any_of(plan.nested, [](const auto& n) { return HasState(*n->plan()); });
}

}  // namespace

Result<std::shared_ptr<Plan::Impl>> BuildPlan(const PlanContext& context,
                                              const PlanRequest& request) {
  const size_t graphs = context.model->graphs.size();
  if (request.graph < 0 || static_cast<size_t>(request.graph) >= graphs) {
    return Fail(Code::kNotFound, "graph " + std::to_string(request.graph) + ", the model has " +
                                     std::to_string(graphs));
  }
  BRINK_ASSIGN(WorkGraph graph, ImportGraph(context, request));
  DropUnneeded(graph);
  BRINK_TRY(FindOperators(graph));
  FuseActivations(graph);
  NestedPlanner planner(context);
  BRINK_TRY(PrepareNodes(graph, planner, *context.budget));
  FuseRows(graph);
  FusePads(graph);
  FuseTables(graph);
  DropUnneeded(graph);
  FusePools(graph);
  FuseGates(graph);
  LimitWeights(graph);
  FuseBands(graph);
  BRINK_ASSIGN(std::shared_ptr<Plan::Impl> impl,
               PlanBuilder(std::move(graph), context.packed).Build(planner.TakePlanned()));
  impl->context = context;
  impl->context.packed = nullptr;
  return impl;
}

Plan::Plan(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Plan::~Plan() = default;

bool Plan::has_state() const { return HasState(*impl_); }
std::span<const TensorSpec> Plan::inputs() const { return impl_->inputs; }
std::span<const TensorSpec> Plan::outputs() const { return impl_->outputs; }
std::span<const StepInfo> Plan::steps() const { return impl_->infos; }
size_t Plan::arena_bytes() const { return impl_->session_bytes; }
size_t Plan::weights_bytes() const { return impl_->weights_bytes; }
int Plan::threads() const { return impl_->context.threads; }
const model::Model& Plan::model() const { return *impl_->context.model; }

}  // namespace brink::engine
