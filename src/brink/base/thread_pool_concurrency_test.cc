#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <latch>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "brink/base/thread_pool.h"

namespace brink {
namespace {

TEST(ThreadPoolTest, RunsEveryTaskOnce) {
  for (int threads : {1, 2, 4, 9}) {
    ThreadPool pool(threads);
    for (int tasks : {0, 1, 2, 3, 64, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<size_t>(tasks));
      pool.For(tasks, threads, [&](int task, int) { ++runs[static_cast<size_t>(task)]; });
      for (const auto& count : runs) ASSERT_EQ(count, 1);
    }
  }
}

TEST(ThreadPoolTest, APoolOfOneRunsEverythingInOrder) {
  std::vector<int> order;
  ThreadPool(1).For(5, 1, [&](int task, int worker) {
    EXPECT_EQ(worker, 0);
    order.push_back(task);
  });
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

std::set<std::string> ThreadsOfTheProcess() {
  std::set<std::string> threads;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
    threads.insert(task.path().filename());
  return threads;
}

// More than it takes to start threads.
const auto kLongWork = [](int /*task*/, int /*worker*/) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
};

TEST(ThreadPoolTest, ThreadsStartOnceThereWasWorkThatTheyWouldHaveShared) {
  const std::set<std::string> before = ThreadsOfTheProcess();
  const auto started = [&] {  // those of an earlier test may still be about to end
    return std::ranges::count_if(ThreadsOfTheProcess(),
                                 [&](const std::string& id) { return !before.contains(id); });
  };
  ThreadPool pool(4);
  pool.For(1, 4, kLongWork);
  pool.For(9, 1, kLongWork);
  EXPECT_EQ(started(), 0);
  std::vector<std::atomic<int>> runs(1000);
  pool.For(1000, 4, [&](int task, int worker) {
    ++runs[static_cast<size_t>(task)];
    if (task > 0) return;
    EXPECT_EQ(started(), 0);
    kLongWork(task, worker);
  });
  EXPECT_EQ(started(), 3);
  EXPECT_TRUE(std::ranges::all_of(runs, [](const auto& count) { return count == 1; }));
}

TEST(ThreadPoolTest, LittleWorkStartsNoThread) {
  const auto starts_none = [] {
    ThreadPool pool(2);
    const std::set<std::string> before = ThreadsOfTheProcess();
    pool.For(2, 2, [](int, int) {});
    return std::ranges::includes(before, ThreadsOfTheProcess());
  };
  // On a busy machine little work may take long: of many one is undisturbed.
  bool found = false;
  for (int i = 0; i < 1000 && !found; ++i) found = starts_none();
  EXPECT_TRUE(found);
}

TEST(ThreadPoolTest, WritesOfTasksAreVisibleToTheCaller) {
  ThreadPool pool(4);
  std::vector<int64_t> values(512);
  for (int64_t round = 0; round < 300; ++round) {
    pool.For(512, 4, [&](int task, int) { values[static_cast<size_t>(task)] = task + round; });
    ASSERT_EQ(std::accumulate(values.begin(), values.end(), int64_t{0}),
              512 * 511 / 2 + 512 * round);
  }
}

TEST(ThreadPoolTest, WorkerIndicesAreBelowMaxThreadsAndNeverSharedAtOnce) {
  ThreadPool pool(6);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::atomic<int>> inside(3);
    pool.For(60, 3, [&](int, int worker) {
      ASSERT_GE(worker, 0);
      ASSERT_LT(worker, 3);
      EXPECT_EQ(inside[static_cast<size_t>(worker)]++, 0);
      inside[static_cast<size_t>(worker)]--;
    });
  }
}

TEST(ThreadPoolTest, OtherThreadsJoin) {
  ThreadPool pool(3);
  pool.Start();
  std::latch all_inside(3);  // opens only when three threads are in the same call
  pool.For(3, 3, [&](int, int) { all_inside.arrive_and_wait(); });
}

TEST(ThreadPoolTest, EachThreadBeginsWithItsOwnPartOfTheTasks) {
  ThreadPool pool(3);
  pool.Start();
  for (int round = 0; round < 20; ++round) {
    std::latch all_inside(3);
    pool.For(9, 3, [&](int task, int worker) {
      if (task % 3 != 0) return;
      EXPECT_EQ(task / 3, worker);
      all_inside.arrive_and_wait();
    });
  }
}

TEST(ThreadPoolTest, SleepingThreadsWakeUp) {
  ThreadPool pool(3, std::chrono::microseconds(0));
  pool.Start();
  for (int round = 0; round < 1000; ++round) {  // a call that a thread misses hangs
    std::latch all_inside(3);
    pool.For(3, 3, [&](int, int) { all_inside.arrive_and_wait(); });
  }
}

TEST(ThreadPoolTest, CallsNest) {
  ThreadPool pool(3);
  std::atomic<int> runs = 0;
  pool.For(8, 3, [&](int, int) { pool.For(8, 3, [&](int, int) { ++runs; }); });
  EXPECT_EQ(runs, 64);
}

TEST(ThreadPoolTest, ManyCallersShareOnePool) {
  ThreadPool pool(3);
  std::vector<std::thread> callers;
  callers.reserve(8);
  std::atomic<int64_t> wrong = 0;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&, caller] {
      std::vector<int64_t> values(64);
      for (int64_t round = 0; round < 400; ++round) {
        pool.For(64, 2,
                 [&](int task, int) { values[static_cast<size_t>(task)] = task * round + caller; });
        for (int64_t i = 0; i < 64; ++i)
          wrong += values[static_cast<size_t>(i)] != i * round + caller;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadPoolTest, ASleepingCallerWakesUp) {
  ThreadPool pool(2, std::chrono::microseconds(0));
  pool.Start();
  for (int round = 0; round < 200; ++round) {
    std::latch both_inside(2);
    pool.For(2, 2, [&](int, int worker) {
      both_inside.arrive_and_wait();
      if (worker == 1) std::this_thread::sleep_for(std::chrono::microseconds(100));
    });
  }
}

TEST(ThreadPoolTest, MoreCallsAtOnceThanThereArePlacesRunToo) {
  ThreadPool pool(2);
  std::atomic<int> runs = 0;
  pool.For(4, 2, [&](int, int) {
    pool.For(4, 2, [&](int, int) { pool.For(4, 2, [&](int, int) { ++runs; }); });
  });
  EXPECT_EQ(runs, 64);
}

TEST(ThreadPoolTest, ThreadsJoinOnlyWhileCpusOfThePoolAreFree) {
  ThreadPool pool(2);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> callers;
  callers.reserve(2);
  for (int caller = 0; caller < 2; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        pool.For(16, 2, [&](int, int) {
          const int now = ++inside;
          int seen = most;
          while (now > seen && !most.compare_exchange_weak(seen, now)) {
          }
          --inside;
        });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_LE(most, 3);  // two callers, and a helper only of one while the other is between calls
}

}  // namespace
}  // namespace brink
