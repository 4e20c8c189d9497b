// Sessions of one Plan, a worker thread each, behind one bounded queue: how many predictions run at
// once and how many may wait. Owned by a predictor; any thread may call it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "brink/base/result.h"
#include "brink/engine/session.h"
#include "brink/serving/work_queue.h"

namespace brink::serving {

struct SessionPoolOptions {
  int sessions =
      1;  // predictions at once; a model with variables gets one, else users' states would mix
  size_t max_queue = 256;         // requests that may wait for a session
  ThreadPool* threads = nullptr;  // for the kernels of all sessions; outlives the pool
  // A model whose run takes less than this when the pool is made may run on the caller's thread
  // (SubmitQuick): to wake a worker would cost more. 0: never.
  std::chrono::microseconds quick_run{0};
};

class SessionPool {
 public:
  // Gets a session to have for itself until it returns, or the error that says why it will not run:
  // kDeadlineExceeded, kCancelled, kUnavailable. Called exactly once if Submit accepts it.
  using Job = std::function<void(Result<engine::Session*>)>;

  // Creates all sessions and runs each once with zeros, so that its memory is there and its caches
  // are warm before the first request; kResourceExhausted when their arenas do not fit in memory.
  static Result<std::unique_ptr<SessionPool>> Create(std::shared_ptr<const engine::Plan> plan,
                                                     const SessionPoolOptions& options = {});
  ~SessionPool();

  // Never blocks. kResourceExhausted when the queue is full, kUnavailable after Stop; `job` is then
  // not called.
  Status Submit(Job job, const api::Context& context = {});

  // The same for a job of one run and little else. Where the model is quick (quick_run) and nobody
  // else is at it, `job` has run when this returns.
  Status SubmitQuick(Job job, const api::Context& context = {});

  // Takes no more jobs; what was accepted has `grace` to run; returns when nothing runs any more.
  void Stop(std::chrono::milliseconds grace);

  QueueStats stats() const;
  int sessions() const { return static_cast<int>(sessions_->size()); }
  const engine::Plan& plan() const { return *plan_; }
  bool has_state() const { return has_state_; }  // variables that live from run to run

 private:
  using Sessions = std::vector<std::unique_ptr<engine::Session>>;
  class Quick;  // sessions for callers' threads
  SessionPool(std::shared_ptr<const engine::Plan> plan, Sessions sessions, size_t max_queue,
              std::shared_ptr<Quick> quick);

  std::shared_ptr<const engine::Plan> plan_;
  const bool has_state_;
  std::shared_ptr<const Sessions>
      sessions_;  // shared with the jobs, which may outlive a pool that one of them destroys
  const std::shared_ptr<Quick> quick_;  // null: the model is not quick; shared with its runs
  WorkQueue queue_;
};

}  // namespace brink::serving
