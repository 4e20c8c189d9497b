// Threads that kernels share their work with. One pool serves a process; any number of sessions use
// it at once: a caller always works on its own tasks, so a busy pool makes it slower and never
// makes it wait for a free thread, and idle threads join only while fewer threads run tasks than
// the pool has. Thread-safe; the destructor needs all calls done.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace brink {

class ThreadPool {
 public:
  // `threads` counts the caller: a pool of 1 has no thread of its own. Clamped to 1..256. The
  // others start once callers that would share have worked alone for as long as that takes: a small
  // model has its first answer before. After work a thread looks for more during `spin` before it
  // sleeps; without a CPU for each thread it sleeps at once.
  explicit ThreadPool(int threads, std::chrono::microseconds spin = std::chrono::microseconds(100));
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  // Has the others start now: before much work, the first task of which may be long.
  void Start();

  // Calls call(context, task, worker) once for every task in [0, tasks), on the caller and up to
  // max_threads - 1 others; worker is in [0, max_threads) and differs between threads that run at
  // the same time within this call: an index for scratch memory. Each thread begins with a part of
  // the tasks of its own, the same for every call of as many: what it read or wrote then, a layer's
  // weights or the last layer's output, may still be in its CPU's cache. Returns when all are done;
  // what they wrote is visible to the caller. Calls may nest.
  using Call = void (*)(void* context, int task, int worker);
  void Run(int tasks, int max_threads, Call call, void* context);

  // The same with f(task, worker).
  template <class F>
  void For(int tasks, int max_threads, const F& f) {
    static_assert(std::is_invocable_v<const F&, int, int>);
    Run(
        tasks, max_threads,
        [](void* context, int task, int worker) {
          (*static_cast<const F*>(context))(task, worker);
        },
        const_cast<F*>(&f));
  }

 private:
  struct Job;

  void StartAll();
  int BeginAlone(int tasks, Call call, void* context);
  void Work(int thread);
  Job* TakePlace();
  void AwaitHelpers(Job& job);
  bool HasOpenJob() const;
  bool HasRoom(int more) const;
  bool Help(int thread);  // whether there was a call to join
  void Sleep();
  void WakeOne();

  const int threads_;
  std::atomic<std::chrono::microseconds> spin_;
  std::once_flag start_;
  std::atomic<bool> started_{false};
  std::atomic<int64_t> alone_ns_{0};  // how long calls ran before
  std::vector<Job> jobs_;             // as many places as Start makes
  // What a thread that looks for work watches: bit i is set while place i holds a call whose tasks
  // are not done; above them, the number of such calls.
  alignas(64) std::atomic<uint64_t> board_{0};
  alignas(64) std::atomic<int> awake_{0};  // threads of the pool's own that do not sleep
  std::atomic<int> sleepers_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // of those who sleep and those who wake them
  std::condition_variable wake_;
  std::condition_variable done_;
  std::vector<std::thread> workers_;
};

}  // namespace brink
