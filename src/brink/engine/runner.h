// What a Session is made of: the memory of one graph's plan, its steps in order, and Runners for
// the graphs that its operators run. engine/ only; one thread at a time.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "brink/base/zeroed_memory.h"
#include "brink/engine/deferred_step.h"
#include "brink/engine/plan_impl.h"
#include "brink/engine/session.h"
#include "brink/kernels/parallel.h"
#include "brink/ops/graphs.h"
#include "brink/ops/lookup_table.h"

namespace brink::engine {

// What the Runners of one session share.
struct SessionState {
  std::vector<Tensor> variables;
  std::map<int32_t, ops::LookupTable> tables;
  std::set<int> graphs_run_once;
  int64_t turns_left = 0;
  const RunLimits* limits = nullptr;  // of the run that is going on
  size_t dynamic_bytes = 0;           // in slots of all runners
  kernels::Parallel parallel;

  // kCancelled or kDeadlineExceeded.
  Status CheckLimits() const;
};

class Runner final : public ops::StepHost {
 public:
  // Allocates all that is known to be needed; kResourceExhausted when memory is short.
  static Result<std::unique_ptr<Runner>> Create(std::shared_ptr<const Plan::Impl> plan,
                                                SessionState& state);
  ~Runner() override;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  TensorView input(size_t index);
  ConstTensorView output(size_t index) const;
  Status Run(Profile* profile);
  // Variable tensors become what they were at first, here and in all graphs.
  void Reset();

  Result<std::shared_ptr<const ops::PlannedGraph>> PlanGraph(
      int graph, std::span<const ops::Value> inputs) override;
  bool PassesOn(int graph, int index) const override {
    return plan_->context.PassesOn(graph, index);
  }
  std::optional<int32_t> CombinesBy(int graph) const override {
    return plan_->context.CombinesBy(graph);
  }
  std::span<const ops::VariableInfo> variables() const override {
    return *plan_->context.variables;
  }
  Result<std::byte*> Allocate(int output, const Shape& shape) override;
  Result<std::span<const ConstTensorView>> RunGraph(
      const std::shared_ptr<const ops::PlannedGraph>& graph,
      std::span<const ConstTensorView> inputs) override;
  Tensor& variable(int handle) override { return state_.variables[static_cast<size_t>(handle)]; }
  ops::LookupTable& table(int32_t id) override { return state_.tables[id]; }
  bool IsFirst(int graph) override { return state_.graphs_run_once.insert(graph).second; }
  Status Turn() override;

 private:
  // An element of `pointers_` that leads into a lent input.
  struct LentPointer {
    size_t pointer = 0;
    Location location;
  };
  struct Nested {
    std::shared_ptr<const ops::PlannedGraph> graph;
    std::unique_ptr<Runner> runner;
  };

  Runner(std::shared_ptr<const Plan::Impl> plan, SessionState& state)
      : plan_(std::move(plan)), state_(state) {}
  Status Prepare();
  void PointBuffers();
  std::byte* Resolve(const Location& location);
  // Takes what a nested graph works on; the pointers to what is lent then lead there.
  void TakeInputs(std::span<const ConstTensorView> inputs);
  // All outputs; valid until the next call.
  std::span<const ConstTensorView> Answer();
  Result<Runner*> RunnerOf(const std::shared_ptr<const ops::PlannedGraph>& graph);
  Status RunStep(size_t step);
  Status RunDeferred(size_t step);
  // What input `index` of a step is now.
  ConstTensorView InputNow(const Step& step, size_t index);
  // Gives the slot this type and shape, within the cap.
  Result<std::byte*> SetSlot(size_t slot, Type type, const Shape& shape);
  Error AtStep(size_t step, const Error& error) const;

  std::shared_ptr<const Plan::Impl> plan_;
  SessionState& state_;
  std::shared_ptr<std::byte[]> arena_;
  std::vector<Tensor> slots_;
  std::vector<std::byte*> pointers_;  // of all steps; `buffers_` refer to it
  std::vector<LentPointer> lent_pointers_;
  std::vector<const std::byte*> lent_;        // one an input; null of one that is not lent
  std::vector<ConstTensorView> answer_;       // of the last run, where it was asked for
  std::vector<ops::Buffers> buffers_;         // one a step
  std::vector<std::vector<std::byte>> kept_;  // one a step
  std::vector<DeferredStep> deferred_;        // one a step up to the last deferred one
  std::vector<Nested> nested_;
  size_t current_ = 0;  // the step that runs
};

}  // namespace brink::engine
