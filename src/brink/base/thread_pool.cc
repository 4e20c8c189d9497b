#include "brink/base/thread_pool.h"

#include <algorithm>
#include <array>

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
  // Tasks that one worker begins with and others finish: those of its number, and of numbers that
  // lie a multiple of kMostParts beyond it.
  struct alignas(64) Part {
    std::atomic<int64_t> next{0};  // wider than tasks: threads that find none left count on
    int64_t end = 0;
  };
  static constexpr int kMostParts = 16;
  int parts_count = 1;
  std::array<Part, kMostParts> parts;
  std::atomic<int> helpers{
      0};  // threads other than the caller that are inside; written with the mutex held
  // With the mutex held:
  int joined = 1;
  bool open = false;
  bool caller_sleeps = false;
  Job* following = nullptr;

  Job(Call c, void* argument, int count, int most_threads)
      : call(c), context(argument), tasks(count), max_threads(most_threads) {
    parts_count = std::min(max_threads, kMostParts);
    for (int64_t i = 0; i < parts_count; ++i) {
      Part& part = parts[static_cast<size_t>(i)];
      part.next.store(tasks * i / parts_count, std::memory_order_relaxed);
      part.end = tasks * (i + 1) / parts_count;
    }
  }

  void RunTasks(int worker) {
    for (int i = 0; i < parts_count; ++i)
      RunPart(parts[static_cast<size_t>((worker + i) % parts_count)], worker);
  }

  void RunPart(Part& part, int worker) const {
    while (part.next.load(std::memory_order_relaxed) < part.end) {
      const int64_t task = part.next.fetch_add(1, std::memory_order_relaxed);
      if (task < part.end) call(context, static_cast<int>(task), worker);
    }
  }
};

ThreadPool::ThreadPool(int threads, std::chrono::microseconds spin)
    : threads_(std::clamp(threads, 1, kMaxThreads)), spin_(spin) {
  // To find the quota is to read a dozen files: nothing that one thread needs to know.
  if (threads_ > 1 && threads_ > AvailableCpus()) spin_ = std::chrono::microseconds(0);
  workers_.reserve(static_cast<size_t>(threads_ - 1));
  for (int i = 1; i < threads_; ++i) workers_.emplace_back([this, i] { Work(i); });
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
  if (tasks <= 1 || std::min(max_threads, threads_) <= 1) {
    for (int task = 0; task < tasks; ++task) call(context, task, 0);
    return;
  }
  Job job(call, context, tasks, std::min(max_threads, threads_));
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
void ThreadPool::Help(std::unique_lock<std::mutex>& lock, int thread) {
  Job& job = *open_;
  // Where all threads may join, each keeps its number.
  const int worker = job.max_threads == threads_ ? thread : job.joined;
  ++job.joined;
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

void ThreadPool::Work(int thread) {
  const FlushSubnormals flush;  // as the thread that shares its work, Session::Run
  const auto hint = [this] {
    return open_hint_.load(std::memory_order_relaxed) > 0 || stop_.load(std::memory_order_relaxed);
  };
  std::unique_lock lock(mutex_);
  for (;;) {
    while (HasOpenJob()) Help(lock, thread);
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
