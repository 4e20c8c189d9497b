#include "brink/engine/plan.h"

#include <algorithm>
#include <new>
#include <set>

#include "brink/engine/memory_planner.h"
#include "brink/engine/passes.h"
#include "brink/engine/placement.h"
#include "brink/engine/plan_impl.h"
#include "brink/engine/work_graph.h"
#include "brink/kernels/cpu.h"

namespace brink::engine {
namespace {

// The memory planner is quadratic in these; real models have a few thousand.
constexpr size_t kMostBlocks = 60000;

TensorSpec Spec(const ops::Value& value, const model::TensorInfo& info) {
  return {.name = value.name,
          .type = value.type,
          .shape = value.shape,
          .shape_signature = info.shape_signature,
          .quantization = value.quantization};
}

// Turns prepared nodes into a Plan::Impl: memory first, then weights, so that what does not fit
// costs nothing.
class PlanBuilder {
 public:
  PlanBuilder(WorkGraph graph, const model::Graph& source)
      : graph_(std::move(graph)), source_(source), placements_(PlaceValues(graph_)) {}

  Result<std::unique_ptr<Plan::Impl>> Build() {
    BRINK_TRY(LayOut());
    for (const int input : graph_.inputs) {
      impl_->inputs.push_back(Spec(value(input), source_.tensors[static_cast<size_t>(input)]));
      impl_->input_locations.push_back(Locate(input));
    }
    for (size_t step = 0; step < graph_.nodes.size(); ++step)
      AddStep(graph_.nodes[step], scratch_[step]);
    for (const int output : graph_.outputs) {
      impl_->outputs.push_back(Spec(value(output), source_.tensors[static_cast<size_t>(output)]));
      impl_->output_locations.push_back(Locate(output));
      Keep(output);
    }
    impl_->threads = graph_.threads;
    return std::move(impl_);
  }

 private:
  const ops::Value& value(int index) const { return graph_.values[static_cast<size_t>(index)]; }

  Status LayOut() {
    std::vector<Block> blocks;
    std::vector<int> block_of(graph_.values.size(), -1);
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      const Lifetime& lifetime = placements_.lifetimes[i];
      const bool is_root = placements_.places[i].root == static_cast<int>(i);
      if (!is_root || graph_.values[i].is_constant || lifetime.last < lifetime.first) continue;
      block_of[i] = static_cast<int>(blocks.size());
      blocks.push_back(
          {static_cast<size_t>(graph_.values[i].bytes()), lifetime.first, lifetime.last});
    }
    const size_t tensors = blocks.size();
    for (size_t step = 0; step < graph_.nodes.size(); ++step) {
      blocks.push_back({graph_.nodes[step].prepared.scratch_bytes, static_cast<int>(step),
                        static_cast<int>(step)});
    }
    if (blocks.size() > kMostBlocks) {
      return Fail(Code::kResourceExhausted, std::to_string(blocks.size()) +
                                                " tensors and steps to lay out, the limit is " +
                                                std::to_string(kMostBlocks));
    }
    for (const Block& block : blocks) {
      if (block.bytes > graph_.max_bytes) return TooLarge(block.bytes);
    }
    const MemoryLayout layout = PlanMemory(blocks);
    if (layout.bytes > graph_.max_bytes) return TooLarge(layout.bytes);
    impl_->arena_bytes = layout.bytes;
    offsets_.resize(graph_.values.size());
    for (size_t i = 0; i < block_of.size(); ++i) {
      if (block_of[i] >= 0) offsets_[i] = layout.offsets[static_cast<size_t>(block_of[i])];
    }
    scratch_.assign(layout.offsets.begin() + static_cast<std::ptrdiff_t>(tensors),
                    layout.offsets.end());
    return {};
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
    const Place place = placements_.places[static_cast<size_t>(index)];
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

  void AddStep(WorkNode& node, size_t scratch) {
    if (IsInPlace(node, placements_)) return;
    Step step;
    if (node.prepared.pack) {
      ops::Packed packed = node.prepared.pack();
      step.run = std::move(packed.run);
      impl_->weights_bytes += packed.bytes;
    } else {
      step.run = node.prepared.run;
    }
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const bool packed = i < 64 && (node.prepared.packed_inputs >> i & 1) != 0;
      step.inputs.push_back(packed ? Location{} : Locate(node.inputs[i]));
      if (!packed) Keep(node.inputs[i]);
    }
    for (const int output : node.outputs) step.outputs.push_back(Locate(output));
    if (node.prepared.scratch_bytes > 0)
      step.scratch = {.where = Location::Where::kArena, .offset = scratch};
    impl_->steps.push_back(std::move(step));
    const ops::Value& first = value(node.outputs[0]);
    impl_->infos.push_back({.node = node.index,
                            .op = std::string(node.op->name),
                            .output = first.name,
                            .kernel = node.prepared.kernel,
                            .shape = first.shape,
                            .macs = node.prepared.macs});
    node.prepared = {};  // lets go of what packing needed
  }

  WorkGraph graph_;
  const model::Graph& source_;
  Placements placements_;
  std::vector<size_t> offsets_;  // of roots
  std::vector<size_t> scratch_;  // one a node
  std::set<const Tensor*> kept_;
  std::unique_ptr<Plan::Impl> impl_ = std::make_unique<Plan::Impl>();
};

Result<std::unique_ptr<Plan::Impl>> BuildImpl(const model::Model& model,
                                              const PlanOptions& options) {
  if (options.graph < 0 || static_cast<size_t>(options.graph) >= model.graphs.size()) {
    return Fail(Code::kNotFound, "graph " + std::to_string(options.graph) + ", the model has " +
                                     std::to_string(model.graphs.size()));
  }
  const model::Graph& source = model.graphs[static_cast<size_t>(options.graph)];
  BRINK_ASSIGN(WorkGraph graph, ImportGraph(source, options));
  DropUnneeded(graph);
  BRINK_TRY(FindOperators(graph));
  FuseActivations(graph);
  BRINK_TRY(PrepareNodes(graph));
  DropUnneeded(graph);
  FusePools(graph);
  return PlanBuilder(std::move(graph), source).Build();
}

}  // namespace

Plan::Plan(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Plan::~Plan() = default;

Result<std::shared_ptr<const Plan>> Plan::Build(std::shared_ptr<const model::Model> model,
                                                const PlanOptions& options) {
  BRINK_TRY(kernels::CheckCpu());
  try {
    BRINK_ASSIGN(std::unique_ptr<Impl> impl, BuildImpl(*model, options));
    impl->model = std::move(model);
    return std::shared_ptr<const Plan>(new Plan(std::move(impl)));
  } catch (const std::bad_alloc&) {
    return Fail(Code::kResourceExhausted, "out of memory while planning the model");
  }
}

std::span<const TensorSpec> Plan::inputs() const { return impl_->inputs; }
std::span<const TensorSpec> Plan::outputs() const { return impl_->outputs; }
std::span<const StepInfo> Plan::steps() const { return impl_->infos; }
size_t Plan::arena_bytes() const { return impl_->arena_bytes; }
size_t Plan::weights_bytes() const { return impl_->weights_bytes; }
int Plan::threads() const { return impl_->threads; }
const model::Model& Plan::model() const { return *impl_->model; }

}  // namespace brink::engine
