#include "brink/serving/session_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <utility>

namespace brink::serving {
namespace {

// Whether zeros make sense to the model does not matter: an error of this run says nothing of the
// next. A model with variables is left alone, its state is the users'.
void WarmUp(engine::Session& session) {
  for (size_t i = 0; i < session.plan().inputs().size(); ++i) {
    const TensorView input = session.input(static_cast<int>(i));
    if (input.type == Type::kString) continue;  // empty ones
    std::fill(input.bytes.begin(), input.bytes.end(), std::byte{0});
  }
  static_cast<void>(session.Run(nullptr, {.loop_turns = 100}));
}

using Clock = std::chrono::steady_clock;

// The least of a few runs: what the model takes when nothing else is in its way.
Clock::duration QuickestRun(engine::Session& session) {
  constexpr int kRuns = 3;
  Clock::duration least = Clock::duration::max();
  for (int i = 0; i < kRuns; ++i) {
    const Clock::time_point begun = Clock::now();
    WarmUp(session);
    least = std::min(least, Clock::now() - begun);
  }
  return least;
}

bool IsOver(const api::Context& context) {
  return (context.cancelled && context.cancelled->load(std::memory_order_relaxed)) ||
         (context.deadline && *context.deadline <= Clock::now());
}

}  // namespace

// Callers of TryRun never wait for each other: who finds no free session goes another way.
class SessionPool::Quick {
 public:
  explicit Quick(Sessions sessions) : slots_(sessions.size()) {
    for (size_t i = 0; i < slots_.size(); ++i) slots_[i].session = std::move(sessions[i]);
  }

  // Whether `job` has run. A job that calls this again finds its own session busy.
  bool TryRun(const Job& job) {
    if (stopped_.load()) return false;
    for (Slot& slot : slots_) {
      if (slot.busy.exchange(true, std::memory_order_acquire)) continue;
      const Freeing freeing{slot};
      const Clock::time_point begun = Clock::now();
      job(slot.session.get());
      nanoseconds_.fetch_add((Clock::now() - begun) / std::chrono::nanoseconds(1));
      completed_.fetch_add(1);
      return true;
    }
    return false;
  }

  void Stop() { stopped_.store(true); }

  void AddTo(QueueStats& stats) const {
    stats.completed += completed_.load();
    stats.compute_seconds += static_cast<double>(nanoseconds_.load()) / 1e9;
    for (const Slot& slot : slots_) stats.running += slot.busy.load() ? 1 : 0;
  }

 private:
  struct Slot {
    std::unique_ptr<engine::Session> session;
    std::atomic<bool> busy{false};
  };
  struct Freeing {  // also when the job throws
    Slot& slot;
    ~Freeing() { slot.busy.store(false, std::memory_order_release); }
  };
  std::vector<Slot> slots_;
  std::atomic<bool> stopped_{false};
  std::atomic<uint64_t> completed_{0};
  std::atomic<int64_t> nanoseconds_{0};
};

Result<std::unique_ptr<SessionPool>> SessionPool::Create(std::shared_ptr<const engine::Plan> plan,
                                                         const SessionPoolOptions& options) {
  if (options.sessions < 1) {
    return Fail(Code::kInvalidArgument,
                "sessions: " + std::to_string(options.sessions) + ", wanted at least 1");
  }
  const bool has_state = plan->has_state();
  const int count = has_state ? 1 : options.sessions;
  Sessions sessions;
  for (int i = 0; i < count; ++i) {
    BRINK_ASSIGN(sessions.emplace_back(), engine::Session::Create(plan, options.threads));
    if (!has_state) WarmUp(*sessions.back());
  }
  std::shared_ptr<Quick> quick;
  if (!has_state && options.quick_run.count() > 0 &&
      QuickestRun(*sessions.back()) < options.quick_run) {
    Sessions more;
    for (int i = 0; i < count; ++i) {
      BRINK_ASSIGN(more.emplace_back(), engine::Session::Create(plan, options.threads));
      WarmUp(*more.back());
    }
    quick = std::make_shared<Quick>(std::move(more));
  }
  return std::unique_ptr<SessionPool>(
      new SessionPool(std::move(plan), std::move(sessions), options.max_queue, std::move(quick)));
}

SessionPool::SessionPool(std::shared_ptr<const engine::Plan> plan, Sessions sessions,
                         size_t max_queue, std::shared_ptr<Quick> quick)
    : plan_(std::move(plan)),
      has_state_(plan_->has_state()),
      sessions_(std::make_shared<const Sessions>(std::move(sessions))),
      quick_(std::move(quick)),
      queue_(static_cast<int>(sessions_->size()), max_queue) {}

SessionPool::~SessionPool() = default;

Status SessionPool::Submit(Job job, const api::Context& context) {
  return queue_.Submit(
      [sessions = sessions_, job = std::move(job)](const Result<int>& worker) {
        if (!worker) return job(Fail(worker.error()));
        job((*sessions)[static_cast<size_t>(*worker)].get());
      },
      context);
}

Status SessionPool::SubmitQuick(Job job, const api::Context& context) {
  const std::shared_ptr<Quick> quick = quick_;  // the job may destroy this pool
  if (quick && !IsOver(context) && quick->TryRun(job)) return {};
  return Submit(std::move(job), context);
}

QueueStats SessionPool::stats() const {
  QueueStats stats = queue_.stats();
  if (quick_) quick_->AddTo(stats);
  return stats;
}

void SessionPool::Stop(std::chrono::milliseconds grace) {
  if (quick_) quick_->Stop();
  queue_.Stop(grace);
}

}  // namespace brink::serving
