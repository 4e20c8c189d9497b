#include "brink/base/thread_pool.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "brink/base/cpu_count.h"
#include "brink/base/flush_subnormals.h"

namespace brink {
namespace {

constexpr int kMaxThreads = 256;
// What it takes to start a thread and to wait for it the first time, about.
constexpr std::chrono::nanoseconds kStart = std::chrono::microseconds(100);

// ThreadPool::board_.
constexpr int kMostPlaces = 48;
constexpr uint64_t kOneCall = uint64_t{1} << kMostPlaces;
constexpr uint64_t kMarks = kOneCall - 1;

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

// A place on the board, and the call that lies there.
struct alignas(64) ThreadPool::Job {
  // Who is in: helpers, the threads inside other than the caller, in the lowest bits; above them
  // the seats left for more; above those kCallerSleeps. A thread that has taken a seat may read the
  // rest until it has counted itself out, so nobody waits for a lock that another holds: to be put
  // to sleep and woken costs more than a short step.
  std::atomic<uint64_t> state{0};
  uint64_t mark = 0;  // its bit on the board
  int max_threads = 1;
  int parts_count = 1;
  Call call = nullptr;
  void* context = nullptr;

  static constexpr uint64_t kHelper = 1;
  static constexpr uint64_t kHelpers = 0xffff;
  static constexpr int kSeatShift = 16;
  static constexpr uint64_t kSeat = uint64_t{1} << kSeatShift;
  static constexpr uint64_t kSeats = kHelpers << kSeatShift;
  static constexpr uint64_t kCallerSleeps = uint64_t{1} << 32;

  alignas(64) std::atomic<bool> taken{false};  // by a caller
  // Tasks that one worker begins with and others finish: those of its number, and of numbers that
  // lie a multiple of kMostParts beyond it.
  struct alignas(64) Part {
    std::atomic<int64_t> next{0};  // wider than tasks: threads that find none left count on
    int64_t end = 0;
  };
  static constexpr int kMostParts = 16;
  std::array<Part, kMostParts> parts;

  // Of tasks from `first` on.
  void Set(int first, int tasks, int most_threads, Call function, void* argument) {
    max_threads = most_threads;
    call = function;
    context = argument;
    parts_count = std::min(most_threads, kMostParts);
    for (int64_t i = 0; i < parts_count; ++i) {
      Part& part = parts[static_cast<size_t>(i)];
      const int64_t left = tasks - first;
      part.next.store(first + left * i / parts_count, std::memory_order_relaxed);
      part.end = first + left * (i + 1) / parts_count;
    }
    state.store(static_cast<uint64_t>(most_threads - 1) * kSeat, std::memory_order_release);
  }

  bool HasSeat() const { return (state.load(std::memory_order_relaxed) & kSeats) != 0; }
  bool IsAlone() const { return (state.load(std::memory_order_acquire) & kHelpers) == 0; }

  // The number of seats that were left, one of which the caller of this has now; 0: none.
  int TakeSeat() {
    uint64_t now = state.load(std::memory_order_relaxed);
    while ((now & kSeats) != 0) {
      if (state.compare_exchange_weak(now, now - kSeat + kHelper, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return static_cast<int>((now & kSeats) >> kSeatShift);
      }
    }
    return 0;
  }

  // Nobody joins any more.
  void Close() {
    if (HasSeat()) state.fetch_and(~kSeats, std::memory_order_relaxed);
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
    : threads_(std::clamp(threads, 1, kMaxThreads)), spin_(spin) {}

void ThreadPool::Start() {
  if (threads_ > 1) std::call_once(start_, [this] { StartAll(); });
}

void ThreadPool::StartAll() {
  jobs_ = std::vector<Job>(static_cast<size_t>(std::min(threads_, kMostPlaces)));
  for (size_t i = 0; i < jobs_.size(); ++i) jobs_[i].mark = uint64_t{1} << i;
  awake_ = threads_ - 1;
  workers_.reserve(static_cast<size_t>(threads_ - 1));
  try {
    for (int i = 1; i < threads_; ++i) workers_.emplace_back([this, i] { Work(i); });
  } catch (const std::system_error&) {
    // The system gives no more: callers share their work with those that there are.
    awake_ -= threads_ - 1 - static_cast<int>(workers_.size());
  }
  started_.store(true, std::memory_order_release);
}

// Runs tasks alone until others are worth their start; returns how many.
int ThreadPool::BeginAlone(int tasks, Call call, void* context) {
  using Clock = std::chrono::steady_clock;
  const std::chrono::nanoseconds before(alone_ns_.load(std::memory_order_relaxed));
  const auto begin = Clock::now();
  std::chrono::nanoseconds took{0};
  int done = 0;
  while (done < tasks && before + took < kStart) {
    call(context, done++, 0);
    took = Clock::now() - begin;
  }
  alone_ns_.fetch_add(took.count(), std::memory_order_relaxed);
  return done;
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    wake_.notify_all();
  }
  for (std::thread& worker : workers_) worker.join();
}

// A place for a call, or null: as many callers as threads have one each, and more have no thread
// to wait for.
ThreadPool::Job* ThreadPool::TakePlace() {
  static thread_local size_t last = 0;  // where this thread was before, nobody else looks first
  for (size_t i = 0; i < jobs_.size(); ++i) {
    const size_t place = (last + i) % jobs_.size();
    Job& job = jobs_[place];
    if (job.taken.load(std::memory_order_relaxed)) continue;
    if (job.taken.exchange(true, std::memory_order_acquire)) continue;
    last = place;
    return &job;
  }
  return nullptr;
}

void ThreadPool::Run(int tasks, int max_threads, Call call, void* context) {
  const int most = std::min(max_threads, threads_);
  Job* job = nullptr;
  int first = 0;
  if (tasks > 1 && most > 1) {
    if (!started_.load(std::memory_order_acquire)) first = BeginAlone(tasks, call, context);
    if (first == tasks) return;
    Start();
    job = TakePlace();
  }
  if (job == nullptr) {
    for (int task = first; task < tasks; ++task) call(context, task, 0);
    return;
  }
  job->Set(first, tasks, most, call, context);
  board_.fetch_add(kOneCall + job->mark);
  WakeOne();
  job->RunTasks(0);
  job->Close();
  board_.fetch_sub(kOneCall + job->mark);
  WakeOne();  // for another's call there is a CPU more
  AwaitHelpers(*job);
  job->taken.store(false, std::memory_order_release);
}

void ThreadPool::AwaitHelpers(Job& job) {
  const auto alone = [&job] { return job.IsAlone(); };
  if (SpinUntil(spin_.load(std::memory_order_relaxed), alone)) return;
  std::unique_lock lock(mutex_);
  job.state.fetch_or(Job::kCallerSleeps);
  done_.wait(lock, alone);
}

// Whether there is a call that has a seat left.
bool ThreadPool::HasOpenJob() const {
  const uint64_t board = board_.load() & kMarks;
  if (board == 0) return false;
  return std::any_of(jobs_.begin(), jobs_.end(),
                     [&](const Job& job) { return (board & job.mark) != 0 && job.HasSeat(); });
}

// Whether there is a CPU for each caller, each thread that is awake and `more` of them.
bool ThreadPool::HasRoom(int more) const {
  return static_cast<int>(board_.load() >> kMostPlaces) + awake_.load() + more <= threads_;
}

// Who posts a call and who goes to sleep both write, then read what the other wrote: one of them
// sees the other. Each thread that joins wakes the next: a caller pays for one wake-up only.
void ThreadPool::WakeOne() {
  if (sleepers_.load() == 0 || !HasOpenJob() || !HasRoom(1)) return;
  const std::lock_guard lock(mutex_);  // not between a sleeper's look and its sleep
  wake_.notify_one();
}

void ThreadPool::Sleep() {
  std::unique_lock lock(mutex_);
  --awake_;
  ++sleepers_;
  wake_.wait(lock, [this] { return stop_ || (HasOpenJob() && HasRoom(1)); });
  --sleepers_;
  ++awake_;
}

// Joins an open call and works on it until no task is left.
bool ThreadPool::Help(int thread) {
  if (!HasRoom(0)) return false;
  const uint64_t board = board_.load();
  for (Job& job : jobs_) {
    const int seats = (board & job.mark) != 0 ? job.TakeSeat() : 0;
    if (seats == 0) continue;
    WakeOne();
    // Where all threads may join, each keeps its number.
    job.RunTasks(job.max_threads == threads_ ? thread : job.max_threads - seats);
    job.Close();
    const uint64_t before = job.state.fetch_sub(Job::kHelper);  // the job may be gone now
    if ((before & Job::kCallerSleeps) != 0 && (before & Job::kHelpers) == Job::kHelper) {
      const std::lock_guard lock(mutex_);
      done_.notify_all();
    }
    return true;
  }
  return false;
}

void ThreadPool::Work(int thread) {
  const FlushSubnormals flush;  // as the thread that shares its work, Session::Run
  const auto is_called = [this] { return stop_ || HasOpenJob(); };
  bool knows_cpus = thread != 1;
  while (!stop_) {
    if (Help(thread)) continue;
    if (!std::exchange(knows_cpus, true)) {
      // To find the quota is to read a dozen files: nothing that a caller should wait for.
      if (threads_ > AvailableCpus()) spin_ = std::chrono::microseconds(0);
    }
    if (!SpinUntil(spin_.load(std::memory_order_relaxed), is_called) || !HasRoom(0)) Sleep();
  }
}

}  // namespace brink
