#include "brink/engine/session.h"

#include <algorithm>
#include <new>

#include "brink/base/flush_subnormals.h"
#include "brink/base/thread_pool.h"
#include "brink/engine/runner.h"

namespace brink::engine {
namespace {

// A pool and how much of it a run may use: what kernels::Parallel's context points to.
struct PoolShare {
  ThreadPool* pool = nullptr;
  int threads = 1;
};

void RunOnPool(void* context, int tasks, kernels::Parallel::Task task, void* argument) {
  const auto* share = static_cast<const PoolShare*>(context);
  share->pool->Run(tasks, share->threads, task, argument);
}

tl::unexpected<Error> OutOfMemory() {
  return Fail(Code::kResourceExhausted, "out of memory for a session's tensors");
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<const Plan> plan;
  PoolShare share;
  SessionState state;
  std::unique_ptr<Runner> runner;

  void SetFirstState() {
    state.variables.clear();
    for (const ops::VariableInfo& variable : *plan->impl()->context.variables) {
      Tensor& tensor = state.variables.emplace_back(variable.type, variable.shape);
      std::ranges::fill(tensor.bytes(), std::byte{0});
    }
    state.tables.clear();
    state.graphs_run_once.clear();
  }
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::Create(std::shared_ptr<const Plan> plan,
                                                 ThreadPool* pool) {
  try {
    auto impl = std::make_unique<Impl>();
    impl->plan = std::move(plan);
    const int wanted = impl->plan->threads();
    impl->share = {.pool = pool,
                   .threads = pool == nullptr ? 1 : std::min(wanted, pool->threads())};
    if (impl->share.threads > 1) {
      impl->state.parallel = {
          .threads = impl->share.threads, .context = &impl->share, .run = &RunOnPool};
    }
    impl->SetFirstState();
    BRINK_ASSIGN(impl->runner, Runner::Create(impl->plan->impl(), impl->state));
    return std::unique_ptr<Session>(new Session(std::move(impl)));
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  }
}

TensorView Session::input(int index) { return impl_->runner->input(static_cast<size_t>(index)); }

ConstTensorView Session::output(int index) const {
  return impl_->runner->output(static_cast<size_t>(index));
}

Status Session::Run(Profile* profile, const RunLimits& limits) {
  impl_->state.limits = &limits;
  impl_->state.turns_left = limits.loop_turns;
  const FlushSubnormals flush;
  try {
    return impl_->runner->Run(profile);
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  }
}

void Session::Reset() {
  impl_->SetFirstState();
  impl_->runner->Reset();
}

const Plan& Session::plan() const { return *impl_->plan; }

}  // namespace brink::engine
