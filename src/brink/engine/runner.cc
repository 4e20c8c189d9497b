#include "brink/engine/runner.h"

#include <algorithm>
#include <new>

namespace brink::engine {
namespace {

size_t BytesOf(const Tensor& tensor) {
  size_t bytes = tensor.bytes().size() + tensor.strings().size() * sizeof(std::string);
  for (const std::string& text : tensor.strings()) bytes += text.size();
  return bytes;
}

void SetFirstValue(const Slot& slot, Tensor& tensor) {
  std::ranges::fill(tensor.bytes(), static_cast<std::byte>(slot.zero_point));
}

}  // namespace

Status SessionState::CheckLimits() const {
  if (limits == nullptr) return {};
  if (limits->cancelled != nullptr && limits->cancelled->load(std::memory_order_relaxed))
    return Fail(Code::kCancelled, "the run was cancelled");
  if (limits->deadline && std::chrono::steady_clock::now() > *limits->deadline)
    return Fail(Code::kDeadlineExceeded, "the run's deadline has passed");
  return {};
}

Runner::~Runner() {
  for (const Tensor& slot : slots_) state_.dynamic_bytes -= BytesOf(slot);
}

Result<std::unique_ptr<Runner>> Runner::Create(std::shared_ptr<const Plan::Impl> plan,
                                               SessionState& state) {
  std::unique_ptr<Runner> runner(new Runner(std::move(plan), state));
  BRINK_TRY(runner->Prepare());
  return runner;
}

Status Runner::Prepare() {
  if (plan_->spare_arena) arena_ = plan_->spare_arena->Take();
  // Each large page comes when the first run gets there, and then lies in a cache.
  if (arena_ == nullptr) arena_ = ReserveZeroed(plan_->arena_bytes);
  if (arena_ == nullptr) {
    return Fail(Code::kResourceExhausted,
                "no memory for an arena of " + std::to_string(plan_->arena_bytes) + " bytes");
  }
  for (const Slot& slot : plan_->slots) {
    slots_.emplace_back(slot.type, slot.kind == Slot::Kind::kDynamic ? Shape{0} : slot.shape);
    if (slot.kind == Slot::Kind::kState) SetFirstValue(slot, slots_.back());
    state_.dynamic_bytes += BytesOf(slots_.back());
  }
  for (const auto& graph : plan_->nested) BRINK_TRY(RunnerOf(graph));
  // In a loop each turn has its own values, and the next run has the same again.
  const size_t most = plan_->context.depth > 0 ? DeferredStep::kTurnsOfALoop : DeferredStep::kFew;
  for (size_t i = 0; i < plan_->steps.size(); ++i) {
    while (plan_->steps[i].deferred && deferred_.size() <= i) deferred_.emplace_back(most);
  }
  PointBuffers();
  return {};
}

std::byte* Runner::Resolve(const Location& location) {
  switch (location.where) {
    case Location::Where::kArena:
      return arena_.get() + location.offset;
    case Location::Where::kConstant:
      return const_cast<std::byte*>(
          location.constant);  // only ever read: no step's output is a constant
    case Location::Where::kSlot:
      return ElementsOf(slots_[location.offset]).bytes.data();
    case Location::Where::kLent: {
      const std::byte* input = lent_[location.input];
      return input == nullptr ? nullptr : const_cast<std::byte*>(input) + location.offset;
    }
    default:
      return nullptr;
  }
}

void Runner::PointBuffers() {
  size_t count = 0;
  for (const Step& step : plan_->steps) count += step.inputs.size() + step.outputs.size();
  pointers_.reserve(count);
  lent_.assign(plan_->inputs.size(), nullptr);
  const auto point = [&](const Location& location) {
    if (location.where == Location::Where::kLent)
      lent_pointers_.push_back({pointers_.size(), location});
    pointers_.push_back(Resolve(location));
  };
  kept_.reserve(plan_->steps.size());
  buffers_.reserve(plan_->steps.size());
  for (const Step& step : plan_->steps) {
    ops::Buffers& filled = buffers_.emplace_back();
    std::byte** next = pointers_.data() + pointers_.size();
    std::ranges::for_each(step.inputs, point);
    std::ranges::for_each(step.outputs, point);
    filled.inputs = {const_cast<const std::byte* const*>(next), step.inputs.size()};
    filled.outputs = {next + step.inputs.size(), step.outputs.size()};
    filled.scratch = Resolve(step.scratch);
    filled.kept = kept_.emplace_back(step.kept_bytes).data();
    filled.parallel = state_.parallel;
    filled.host = this;
  }
}

Error Runner::AtStep(size_t step, const Error& error) const {
  const StepInfo& info = plan_->infos[step];
  std::string place = "operator " + std::to_string(info.node) + " (" + std::string(info.op);
  // A prepare function has named the place already.
  if (error.message.starts_with(place)) return error;
  if (!info.output.empty()) place += " '" + std::string(info.output) + "'";
  return error.Within(place + ")");
}

namespace {

ConstTensorView ViewOf(std::byte* bytes, const TensorSpec& spec) {
  const int64_t elements = spec.shape.elements();
  const auto size = spec.type == Type::kString
                        ? static_cast<size_t>(elements) * sizeof(std::string)
                        : static_cast<size_t>(PackedBytes(spec.type, elements));
  return {spec.type, spec.shape, {bytes, size}};
}

}  // namespace

TensorView Runner::input(size_t index) {
  std::byte* bytes = Resolve(plan_->input_locations[index]);
  const ConstTensorView view = ViewOf(bytes, plan_->inputs[index]);
  return {view.type, view.shape, {bytes, view.bytes.size()}};
}

ConstTensorView Runner::output(size_t index) const {
  const Location& location = plan_->output_locations[index];
  if (location.where == Location::Where::kSlot) return ElementsOf(slots_[location.offset]);
  return ViewOf(const_cast<Runner*>(this)->Resolve(location), plan_->outputs[index]);
}

void Runner::Reset() {
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (plan_->slots[i].kind == Slot::Kind::kState) SetFirstValue(plan_->slots[i], slots_[i]);
  }
  for (std::vector<std::byte>& kept : kept_) std::ranges::fill(kept, std::byte{0});
  for (const Nested& nested : nested_) nested.runner->Reset();
}

Status Runner::RunStep(size_t step) {
  current_ = step;
  const Step& planned = plan_->steps[step];
  const Status status = planned.deferred ? RunDeferred(step) : planned.run(buffers_[step]);
  return status ? status : Fail(AtStep(step, status.error()));
}

Status Runner::Run(Profile* profile) {
  using Clock = std::chrono::steady_clock;
  const size_t steps = plan_->steps.size();
  if (profile == nullptr) {
    for (size_t i = 0; i < steps; ++i) BRINK_TRY(RunStep(i));
    return {};
  }
  ++profile->runs;
  profile->step_ms.resize(steps);
  for (size_t i = 0; i < steps; ++i) {
    const auto start = Clock::now();
    BRINK_TRY(RunStep(i));
    profile->step_ms[i] += std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  }
  return {};
}

ConstTensorView Runner::InputNow(const Step& step, size_t index) {
  const Location& location = step.inputs[index];
  const std::optional<ops::Value>& value = step.deferred->inputs[index];
  if (!value) return {};
  if (location.where == Location::Where::kSlot) return ElementsOf(slots_[location.offset]);
  return ViewOf(Resolve(location), {.type = value->type, .shape = value->shape});
}

Status Runner::RunDeferred(size_t step) {
  const Step& planned = plan_->steps[step];
  const DeferredNode& node = *planned.deferred;
  auto& [inputs, input_bytes, output_bytes, scratch] = deferred_[step].work();
  inputs.clear();
  input_bytes.clear();
  output_bytes.clear();
  for (size_t i = 0; i < planned.inputs.size(); ++i) {
    inputs.push_back(InputNow(planned, i));
    input_bytes.push_back(inputs.back().bytes.data());
  }
  BRINK_ASSIGN(const DeferredStep::Ready* ready,
               deferred_[step].Prepare(node, inputs, *this, plan_->context.threads));
  for (size_t i = 0; i < planned.outputs.size(); ++i) {
    const Shape& shape = ready->shapes[i];
    std::byte* bytes = nullptr;
    if (shape.known()) {
      BRINK_ASSIGN(bytes, SetSlot(planned.outputs[i].offset, node.outputs[i].type, shape));
    }
    output_bytes.push_back(bytes);
  }
  if (!ready->known.empty()) {
    for (size_t i = 0; i < planned.outputs.size(); ++i)
      CopyElements(ElementsOf(ready->known[i]), ElementsOf(slots_[planned.outputs[i].offset]));
    return {};
  }
  if (ready->scratch_bytes > plan_->context.max_bytes)
    return Fail(Code::kResourceExhausted, "scratch memory over the limit");
  if (ready->kept_bytes > 0)
    return Fail(Code::kUnimplemented,
                "an operator that keeps a state, of a shape that runs decide");
  const auto scratch_bytes = static_cast<int64_t>(ready->scratch_bytes);
  if (scratch.shape().elements() < scratch_bytes) scratch = Tensor(Type::kUInt8, {scratch_bytes});
  return ready->run({.inputs = input_bytes,
                     .outputs = output_bytes,
                     .scratch = scratch.bytes().data(),
                     .parallel = state_.parallel,
                     .host = this});
}

Result<std::byte*> Runner::SetSlot(size_t slot, Type type, const Shape& shape) {
  Tensor& tensor = slots_[slot];
  if (tensor.type() != type || !(tensor.shape() == shape)) {
    const Result<Shape> checked = Shape::Make(shape.dims());
    if (!checked) return Fail(checked.error());
    const int64_t element =
        type == Type::kString ? int64_t{8 * sizeof(std::string)} : TypeBits(type);
    const auto bytes =
        static_cast<uint64_t>(checked->elements()) * static_cast<uint64_t>(element) / 8;
    state_.dynamic_bytes -= BytesOf(tensor);
    tensor = Tensor(type, Shape{0});
    if (state_.dynamic_bytes + bytes > plan_->context.max_bytes) {
      return Fail(Code::kResourceExhausted,
                  "shape " + shape.ToString() + " takes " + std::to_string(bytes) +
                      " bytes, more than the limit of " + std::to_string(plan_->context.max_bytes) +
                      " leaves for tensors whose size the data decides");
    }
    tensor = Tensor(type, shape);
    state_.dynamic_bytes += BytesOf(tensor);
  }
  return ElementsOf(tensor).bytes.data();
}

Result<std::byte*> Runner::Allocate(int output, const Shape& shape) {
  const Step& step = plan_->steps[current_];
  const Location& location = step.outputs[static_cast<size_t>(output)];
  return SetSlot(location.offset, plan_->slots[location.offset].type, shape);
}

Result<std::shared_ptr<const ops::PlannedGraph>> Runner::PlanGraph(
    int graph, std::span<const ops::Value> inputs) {
  PlanContext context = plan_->context;
  context.budget = std::make_shared<PlanBudget>();
  return NestedPlanner(context).PlanGraph(graph, inputs);
}

Result<Runner*> Runner::RunnerOf(const std::shared_ptr<const ops::PlannedGraph>& graph) {
  const auto found = std::ranges::find(nested_, graph, &Nested::graph);
  if (found != nested_.end()) return found->runner.get();
  // Plans that nobody else holds were made for shapes that have been forgotten.
  std::erase_if(nested_, [](const Nested& nested) { return nested.graph.use_count() == 1; });
  const auto& plan = static_cast<const NestedPlan&>(*graph).plan();
  BRINK_ASSIGN(std::unique_ptr<Runner> runner, Create(plan, state_));
  nested_.push_back({graph, std::move(runner)});
  return nested_.back().runner.get();
}

void Runner::TakeInputs(std::span<const ConstTensorView> inputs) {
  const auto& locations = plan_->input_locations;
  size_t next = 0;
  for (size_t i = 0; i < locations.size(); ++i) {
    if (locations[i].where == Location::Where::kConstant) continue;
    const ConstTensorView& taken = inputs[next++];
    if (locations[i].where == Location::Where::kLent) {
      lent_[i] = taken.bytes.data();
    } else {
      CopyElements(taken, input(i));
    }
  }
  for (const LentPointer& lent : lent_pointers_) pointers_[lent.pointer] = Resolve(lent.location);
}

std::span<const ConstTensorView> Runner::Answer() {
  answer_.resize(plan_->outputs.size());
  for (size_t i = 0; i < answer_.size(); ++i) answer_[i] = output(i);
  return answer_;
}

Result<std::span<const ConstTensorView>> Runner::RunGraph(
    const std::shared_ptr<const ops::PlannedGraph>& graph,
    std::span<const ConstTensorView> inputs) {
  const size_t step = current_;
  BRINK_ASSIGN(Runner* const runner, RunnerOf(graph));
  runner->TakeInputs(inputs);
  BRINK_TRY(runner->Run(nullptr));
  current_ = step;
  return runner->Answer();
}

Status Runner::Turn() {
  if (--state_.turns_left < 0)
    return Fail(Code::kResourceExhausted, "the run's loops have turned too often");
  return state_.CheckLimits();
}

}  // namespace brink::engine
