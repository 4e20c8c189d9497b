#include "brink/serving/work_queue.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace brink::serving {
namespace {

using Clock = std::chrono::steady_clock;

struct Waiting {
  WorkQueue::Job job;
  api::Context context;
  Clock::time_point since;
};

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

// Why a job need not run any more, if so.
std::optional<Error> Expired(const api::Context& context, Clock::time_point now) {
  if (context.cancelled && context.cancelled->load(std::memory_order_relaxed)) {
    return Error{Code::kCancelled, "the client left before its request's turn came"};
  }
  if (context.deadline && *context.deadline <= now) {
    return Error{Code::kDeadlineExceeded, "the deadline passed before the request's turn came"};
  }
  return std::nullopt;
}

}  // namespace

// Shared with the worker threads, so that a queue destroyed by its own job leaves that job's thread
// something to stand on.
struct WorkQueue::State {
  explicit State(size_t max_waiting) : capacity(max_waiting) {}

  const size_t capacity;
  std::mutex mutex;
  std::condition_variable work;  // something waits, or stopping
  std::condition_variable idle;  // fewer wait or run
  std::deque<Waiting> waiting;
  std::vector<std::thread> threads;
  bool stopping = false;
  size_t workers_in_stop = 0;  // jobs that called Stop: they cannot wait for each other
  QueueStats stats;

  void Work(int worker);
  void RunNext(int worker, std::unique_lock<std::mutex>& lock);
  void RefuseWaiting(std::unique_lock<std::mutex>& lock);
  std::vector<Waiting> TakeExpired(Clock::time_point now);
  bool IsWorker(std::thread::id id) const;
  // Jobs for workers that are free now do not count as waiting.
  bool IsFull() const { return waiting.size() >= capacity + (threads.size() - stats.running); }
};

void WorkQueue::State::Work(int worker) {
  std::unique_lock lock(mutex);
  while (true) {
    work.wait(lock, [&] { return stopping || !waiting.empty(); });
    if (waiting.empty()) return;
    RunNext(worker, lock);
    idle.notify_all();
  }
}

// Called and returns with the lock held; holds it neither while the job runs nor while it is
// destroyed.
void WorkQueue::State::RunNext(int worker, std::unique_lock<std::mutex>& lock) {
  std::optional<Waiting> next(std::move(waiting.front()));
  waiting.pop_front();
  ++stats.running;
  lock.unlock();
  const Clock::time_point start = Clock::now();
  const double waited = Seconds(start - next->since);
  std::optional<Error> expired = Expired(next->context, start);
  const bool ran = !expired;
  if (ran) {
    next->job(worker);
  } else {
    next->job(Fail(*std::move(expired)));
  }
  next.reset();
  const double took = Seconds(Clock::now() - start);
  lock.lock();
  --stats.running;
  if (ran) {
    ++stats.completed;
    stats.queue_seconds += waited;
    stats.compute_seconds += took;
  } else {
    ++stats.expired;
  }
}

// Called and returns with the lock held.
void WorkQueue::State::RefuseWaiting(std::unique_lock<std::mutex>& lock) {
  std::deque<Waiting> late;
  late.swap(waiting);
  stats.refused += late.size();
  lock.unlock();
  for (Waiting& each : late) {
    each.job(Fail(Code::kUnavailable, "shutting down: the request's turn did not come in time"));
  }
  late.clear();
  lock.lock();
}

std::vector<Waiting> WorkQueue::State::TakeExpired(Clock::time_point now) {
  const auto live = [&](const Waiting& each) { return !Expired(each.context, now); };
  const auto first = std::stable_partition(waiting.begin(), waiting.end(), live);
  std::vector<Waiting> expired(std::make_move_iterator(first),
                               std::make_move_iterator(waiting.end()));
  waiting.erase(first, waiting.end());
  stats.expired += expired.size();
  return expired;
}

bool WorkQueue::State::IsWorker(std::thread::id id) const {
  return std::any_of(threads.begin(), threads.end(),
                     [&](const std::thread& each) { return each.get_id() == id; });
}

WorkQueue::WorkQueue(int workers, size_t capacity) : state_(std::make_shared<State>(capacity)) {
  const std::lock_guard lock(state_->mutex);
  for (int i = 0; i < workers; ++i) {
    state_->threads.emplace_back([state = state_, i] { state->Work(i); });
  }
}

WorkQueue::~WorkQueue() {
  Stop(std::chrono::milliseconds{0});
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(state_->mutex);
    threads.swap(state_->threads);
  }
  for (std::thread& each : threads) {
    if (each.get_id() == std::this_thread::get_id()) {
      each.detach();
    } else {
      each.join();
    }
  }
}

Status WorkQueue::Submit(Job job, const api::Context& context) {
  const std::shared_ptr<State> state =
      state_;  // the job may destroy this queue before Submit returns
  const Clock::time_point now = Clock::now();
  std::vector<Waiting> expired;
  {
    const std::lock_guard lock(state->mutex);
    if (state->stopping) {
      ++state->stats.refused;
      return Fail(Code::kUnavailable, "shutting down");
    }
    if (state->IsFull()) expired = state->TakeExpired(now);
    if (state->IsFull()) {
      ++state->stats.refused;
      return Fail(Code::kResourceExhausted, "too many requests wait: the queue's limit is " +
                                                std::to_string(state->capacity));
    }
    state->waiting.push_back({std::move(job), context, now});
  }
  state->work.notify_one();
  for (Waiting& each : expired) each.job(Fail(Expired(each.context, now).value_or(Error{})));
  return {};
}

void WorkQueue::Stop(std::chrono::milliseconds grace) {
  const std::shared_ptr<State> state = state_;
  const Clock::time_point end = Clock::now() + grace;
  std::unique_lock lock(state->mutex);
  state->stopping = true;
  state->work.notify_all();
  const bool own = state->IsWorker(std::this_thread::get_id());
  state->workers_in_stop += own ? 1 : 0;
  state->idle.notify_all();
  const auto done = [&] {
    return state->waiting.empty() && state->stats.running <= (own ? state->workers_in_stop : 0);
  };
  if (!state->idle.wait_until(lock, end, done)) {
    state->RefuseWaiting(lock);
    state->idle.wait(lock, done);
  }
  state->workers_in_stop -= own ? 1 : 0;
}

QueueStats WorkQueue::stats() const {
  const std::lock_guard lock(state_->mutex);
  QueueStats stats = state_->stats;
  stats.queued = state_->waiting.size();
  return stats;
}

}  // namespace brink::serving
