#include "brink/engine/session.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>

#include "brink/base/thread_pool.h"
#include "brink/engine/plan_impl.h"

namespace brink::engine {
namespace {

struct FreeBytes {
  void operator()(std::byte* bytes) const { std::free(bytes); }
};
using Arena = std::unique_ptr<std::byte[], FreeBytes>;

Arena AllocateArena(size_t bytes) {
  const size_t padded =
      (std::max<size_t>(bytes, 1) + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
  return Arena(static_cast<std::byte*>(std::aligned_alloc(kTensorAlignment, padded)));
}

// A pool and how much of it a run may use: what kernels::Parallel's context points to.
struct PoolShare {
  ThreadPool* pool = nullptr;
  int threads = 1;
};

void RunOnPool(void* context, int tasks, kernels::Parallel::Task task, void* argument) {
  const auto* share = static_cast<const PoolShare*>(context);
  share->pool->Run(tasks, share->threads, task, argument);
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<const Plan> plan;
  Arena arena;
  PoolShare share;
  std::vector<std::byte*> pointers;   // of all steps; `buffers` refer to it
  std::vector<ops::Buffers> buffers;  // one a step

  std::byte* Resolve(const Location& location) const {
    switch (location.where) {
      case Location::Where::kArena:
        return arena.get() + location.offset;
      case Location::Where::kConstant:
        return const_cast<std::byte*>(
            location.constant);  // only ever read: no step's output is a constant
      default:
        return nullptr;
    }
  }

  void ResolveAll() {
    const Plan::Impl& planned = plan->impl();
    for (const Step& step : planned.steps) {
      for (const Location& input : step.inputs) pointers.push_back(Resolve(input));
      for (const Location& output : step.outputs) pointers.push_back(Resolve(output));
    }
    kernels::Parallel parallel;
    if (share.pool != nullptr && share.threads > 1) {
      parallel = {.threads = share.threads, .context = &share, .run = &RunOnPool};
    }
    std::byte** next = pointers.data();
    for (const Step& step : planned.steps) {
      ops::Buffers& filled = buffers.emplace_back();
      filled.inputs = {const_cast<const std::byte* const*>(next), step.inputs.size()};
      next += step.inputs.size();
      filled.outputs = {next, step.outputs.size()};
      next += step.outputs.size();
      filled.scratch = Resolve(step.scratch);
      filled.parallel = parallel;
    }
  }

  Error AtStep(size_t step, const Error& error) const {
    const StepInfo& info = plan->impl().infos[step];
    return error.Within("operator " + std::to_string(info.node) + " (" + info.op + " '" +
                        info.output + "')");
  }
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::Create(std::shared_ptr<const Plan> plan,
                                                 ThreadPool* pool) {
  auto impl = std::make_unique<Impl>();
  impl->arena = AllocateArena(plan->arena_bytes());
  if (impl->arena == nullptr) {
    return Fail(Code::kResourceExhausted,
                "no memory for an arena of " + std::to_string(plan->arena_bytes()) + " bytes");
  }
  impl->share = {.pool = pool,
                 .threads = pool == nullptr ? 1 : std::min(plan->threads(), pool->threads())};
  impl->plan = std::move(plan);
  impl->ResolveAll();
  return std::unique_ptr<Session>(new Session(std::move(impl)));
}

TensorView Session::input(int index) {
  const auto i = static_cast<size_t>(index);
  const TensorSpec& spec = plan().inputs()[i];
  const auto bytes = static_cast<size_t>(PackedBytes(spec.type, spec.shape.elements()));
  return {spec.type, spec.shape, {impl_->Resolve(plan().impl().input_locations[i]), bytes}};
}

ConstTensorView Session::output(int index) const {
  const auto i = static_cast<size_t>(index);
  const TensorSpec& spec = plan().outputs()[i];
  const auto bytes = static_cast<size_t>(PackedBytes(spec.type, spec.shape.elements()));
  return {spec.type, spec.shape, {impl_->Resolve(plan().impl().output_locations[i]), bytes}};
}

Status Session::Run(Profile* profile) {
  using Clock = std::chrono::steady_clock;
  const std::vector<Step>& steps = plan().impl().steps;
  if (profile == nullptr) {
    for (size_t i = 0; i < steps.size(); ++i) {
      const Status status = steps[i].run(impl_->buffers[i]);
      if (!status) return Fail(impl_->AtStep(i, status.error()));
    }
    return {};
  }
  ++profile->runs;
  profile->step_ms.resize(steps.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    const auto start = Clock::now();
    const Status status = steps[i].run(impl_->buffers[i]);
    if (!status) return Fail(impl_->AtStep(i, status.error()));
    profile->step_ms[i] += std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  }
  return {};
}

const Plan& Session::plan() const { return *impl_->plan; }

}  // namespace brink::engine
