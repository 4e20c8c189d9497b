// Jobs wait here for one of N worker threads: first come, first served, in a bounded queue. Every
// accepted job is called exactly once, on a worker, or told why it will not run. Any thread may
// call anything, a job included.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "brink/api/predictor.h"
#include "brink/base/result.h"

namespace brink::serving {

// Totals since the start, but for `queued` and `running`, which are now.
struct QueueStats {
  size_t queued = 0;
  size_t running = 0;
  uint64_t completed = 0;      // ran to their end
  uint64_t expired = 0;        // deadline passed or client left before their turn
  uint64_t refused = 0;        // queue full, or stopping
  double queue_seconds = 0;    // waited, over all jobs that ran
  double compute_seconds = 0;  // ran, over all that completed
};

class WorkQueue {
 public:
  // Gets the number of its worker, in [0, workers), to have for itself until it returns; or
  // kDeadlineExceeded, kCancelled or kUnavailable (stopped before its turn came).
  using Job = std::function<void(Result<int>)>;

  // `workers` >= 1 threads; up to `capacity` jobs wait while all are busy.
  WorkQueue(int workers, size_t capacity);
  // As Stop(0); from within a job: that job is the last, and its thread ends by itself.
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // Never blocks. On an error `job` is not called: kResourceExhausted when the queue is full,
  // kUnavailable after Stop.
  Status Submit(Job job, const api::Context& context = {});

  // Takes no more jobs; what waits has `grace` to run and is then refused; returns when no job runs
  // any more (at once for the caller's own, when called from a job).
  void Stop(std::chrono::milliseconds grace);

  QueueStats stats() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace brink::serving
