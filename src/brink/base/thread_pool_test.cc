#include "brink/base/thread_pool.h"

#include <gtest/gtest.h>

#include <latch>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

namespace brink {
namespace {

TEST(ThreadPoolTest, RunsEveryTaskOnce) {
  for (int threads : {1, 2, 4, 9}) {
    ThreadPool pool(threads);
    for (int64_t tasks : {0, 1, 2, 3, 64, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<size_t>(tasks));
      Workers{&pool, threads}.For(tasks,
                                  [&](int64_t task, int) { ++runs[static_cast<size_t>(task)]; });
      for (const auto& count : runs) ASSERT_EQ(count, 1);
    }
  }
}

TEST(ThreadPoolTest, WithoutPoolTheCallerDoesEverythingInOrder) {
  std::vector<int64_t> order;
  Workers{}.For(5, [&](int64_t task, int worker) {
    EXPECT_EQ(worker, 0);
    order.push_back(task);
  });
  EXPECT_EQ(order, (std::vector<int64_t>{0, 1, 2, 3, 4}));
}

TEST(ThreadPoolTest, WritesOfTasksAreVisibleToTheCaller) {
  ThreadPool pool(4);
  std::vector<int64_t> values(512);
  for (int64_t round = 0; round < 300; ++round) {
    Workers{&pool, 4}.For(
        512, [&](int64_t task, int) { values[static_cast<size_t>(task)] = task + round; });
    ASSERT_EQ(std::accumulate(values.begin(), values.end(), int64_t{0}),
              512 * 511 / 2 + 512 * round);
  }
}

TEST(ThreadPoolTest, WorkerIndicesAreBelowMaxThreadsAndNeverSharedAtOnce) {
  ThreadPool pool(6);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::atomic<int>> inside(3);
    Workers{&pool, 3}.For(60, [&](int64_t, int worker) {
      ASSERT_GE(worker, 0);
      ASSERT_LT(worker, 3);
      EXPECT_EQ(inside[static_cast<size_t>(worker)]++, 0);
      inside[static_cast<size_t>(worker)]--;
    });
  }
}

TEST(ThreadPoolTest, OtherThreadsJoin) {
  ThreadPool pool(3);
  std::latch all_inside(3);  // opens only when three threads are in the same call
  Workers{&pool, 3}.For(3, [&](int64_t, int) { all_inside.arrive_and_wait(); });
}

TEST(ThreadPoolTest, SleepingThreadsWakeUp) {
  ThreadPool pool(3, std::chrono::microseconds(0));
  for (int round = 0; round < 50; ++round) {
    std::latch all_inside(3);
    Workers{&pool, 3}.For(3, [&](int64_t, int) { all_inside.arrive_and_wait(); });
  }
}

TEST(ThreadPoolTest, CallsNest) {
  ThreadPool pool(3);
  std::atomic<int> runs = 0;
  Workers{&pool, 3}.For(8, [&](int64_t, int) {
    Workers{&pool, 3}.For(8, [&](int64_t, int) { ++runs; });
  });
  EXPECT_EQ(runs, 64);
}

TEST(ThreadPoolTest, ManyCallersShareOnePool) {
  ThreadPool pool(3);
  std::vector<std::thread> callers;
  std::atomic<int64_t> wrong = 0;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&, caller] {
      std::vector<int64_t> values(64);
      for (int64_t round = 0; round < 400; ++round) {
        Workers{&pool, 2}.For(64, [&](int64_t task, int) {
          values[static_cast<size_t>(task)] = task * round + caller;
        });
        for (int64_t i = 0; i < 64; ++i)
          wrong += values[static_cast<size_t>(i)] != i * round + caller;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadPoolTest, ThreadsJoinOnlyWhileCpusOfThePoolAreFree) {
  ThreadPool pool(2);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 2; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        Workers{&pool, 2}.For(16, [&](int64_t, int) {
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
