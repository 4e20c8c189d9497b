#include "brink/base/thread_pool.h"

#include <algorithm>

#include "brink/base/cpu_count.h"
#include "brink/base/flush_subnormals.h"

namespace brink {
namespace {

constexpr int kMaxThreads = 256;

void Relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__ARM_ARCH_7A__)
  asm volatile("yield");
#endif
}

// Calls done() until it is true or `spin` has passed; says whether it was.
template <class F>
bool SpinUntil(std::chrono::microseconds spin, const F& done) {
  if (done()) return true;
  if (spin.count() == 0) return false;
  const auto end = std::chrono::steady_clock::now() + spin;
  do {
    for (int i = 0; i < 32; ++i) {
      Relax();
      if (done()) return true;
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace

// Lives on its caller's stack: a thread that helped does not touch it after `helpers` reached zero.
struct ThreadPool::Job {
  Call call;
  void* context;
  int tasks;
  int max_threads;
  std::atomic<int64_t> next{0};  // wider than tasks: threads that find none left count on
  std::atomic<int> helpers{
      0};  // threads other than the caller that are inside; written with the mutex held
  // With the mutex held:
  int joined = 1;
  bool open = false;
  bool caller_sleeps = false;
  Job* following = nullptr;

  void RunTasks(int worker) {
    for (;;) {
      const int64_t task = next.fetch_add(1, std::memory_order_relaxed);
      if (task >= tasks) return;
      call(context, static_cast<int>(task), worker);
    }
  }
};

ThreadPool::ThreadPool(int threads, std::chrono::microseconds spin)
    : threads_(std::clamp(threads, 1, kMaxThreads)), spin_(spin) {
  if (threads_ > AvailableCpus()) spin_ = std::chrono::microseconds(0);
  workers_.reserve(static_cast<size_t>(threads_ - 1));
  for (int i = 1; i < threads_; ++i) workers_.emplace_back([this] { Work(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    wake_.notify_all();
  }
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::Run(int tasks, int max_threads, Call call, void* context) {
  Job job{.call = call,
          .context = context,
          .tasks = tasks,
          .max_threads = std::min(max_threads, threads_)};
  if (tasks <= 1 || job.max_threads <= 1) {
    job.RunTasks(0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    ++running_;
    Job** end = &open_;
    while (*end != nullptr) end = &(*end)->following;
    *end = &job;
    job.open = true;
    open_hint_.fetch_add(1, std::memory_order_relaxed);
    WakeOne();
  }
  job.RunTasks(0);
  {
    const std::lock_guard lock(mutex_);
    Close(job);
    --running_;
    WakeOne();
  }
  AwaitHelpers(job);
}

bool ThreadPool::HasOpenJob() const { return open_ != nullptr && running_ < threads_; }

void ThreadPool::WakeOne() {
  if (sleepers_ > 0 && HasOpenJob()) wake_.notify_one();
}

void ThreadPool::Close(Job& job) {
  if (!job.open) return;
  Job** link = &open_;
  while (*link != &job) link = &(*link)->following;
  *link = job.following;
  job.open = false;
  open_hint_.fetch_sub(1, std::memory_order_relaxed);
}

void ThreadPool::AwaitHelpers(Job& job) {
  const auto left = [&job] { return job.helpers.load(std::memory_order_acquire) == 0; };
  if (SpinUntil(spin_, left)) return;
  std::unique_lock lock(mutex_);
  job.caller_sleeps = true;
  done_.wait(lock, left);
}

// Joins the oldest open job and works on it until no task is left.
void ThreadPool::Help(std::unique_lock<std::mutex>& lock) {
  Job& job = *open_;
  const int worker = job.joined++;
  job.helpers.fetch_add(1, std::memory_order_relaxed);
  ++running_;
  if (job.joined == job.max_threads) Close(job);
  WakeOne();  // each thread that joins wakes the next: the caller pays for one wake-up only
  lock.unlock();
  job.RunTasks(worker);
  lock.lock();
  Close(job);
  --running_;
  const bool wake_caller = job.caller_sleeps;
  if (job.helpers.fetch_sub(1, std::memory_order_release) == 1 && wake_caller) done_.notify_all();
  WakeOne();
}

void ThreadPool::Work() {
  const FlushSubnormals flush;  // as the thread that shares its work, Session::Run
  const auto hint = [this] {
    return open_hint_.load(std::memory_order_relaxed) > 0 || stop_.load(std::memory_order_relaxed);
  };
  std::unique_lock lock(mutex_);
  for (;;) {
    while (HasOpenJob()) Help(lock);
    if (stop_) return;
    lock.unlock();
    SpinUntil(spin_, hint);
    lock.lock();
    ++sleepers_;
    wake_.wait(lock, [this] { return HasOpenJob() || stop_; });
    --sleepers_;
  }
}

}  // namespace brink
