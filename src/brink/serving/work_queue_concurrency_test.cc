#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <random>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

#include "brink/serving/work_queue.h"

namespace brink::serving {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLong{60'000};

// Holds a worker until released.
class Blocker {
 public:
  explicit Blocker(WorkQueue& queue) {
    EXPECT_TRUE(queue.Submit([this](const Result<int>&) {
      started_.release();
      release_.acquire();
    }));
    started_.acquire();
  }
  void Release() { release_.release(); }

 private:
  std::binary_semaphore started_{0};
  std::binary_semaphore release_{0};
};

TEST(WorkQueue, RunsJobsInOrderOnItsWorker) {
  WorkQueue queue(1, 100);
  std::vector<int> order;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(queue.Submit([&order, i](const Result<int>& worker) {
      ASSERT_TRUE(worker);
      EXPECT_EQ(*worker, 0);
      order.push_back(i);
    }));
  }
  queue.Stop(kLong);
  ASSERT_EQ(order.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
  EXPECT_EQ(queue.stats().completed, 50u);
}

TEST(WorkQueue, WorkersRunAtOnceEachWithItsOwnNumber) {
  WorkQueue queue(4, 100);
  std::latch all(4);
  std::array<std::atomic<int>, 4> seen{};
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(queue.Submit([&](Result<int> worker) {
      ++seen[static_cast<size_t>(*worker)];
      all.arrive_and_wait();
    }));
  }
  queue.Stop(kLong);
  for (const auto& each : seen) EXPECT_EQ(each, 1);
}

TEST(WorkQueue, AFullQueueRefusesWithoutCallingTheJob) {
  WorkQueue queue(1, 2);
  Blocker blocker(queue);
  std::atomic<int> ran = 0;
  const auto count = [&](const Result<int>&) { ++ran; };
  EXPECT_TRUE(queue.Submit(count));
  EXPECT_TRUE(queue.Submit(count));
  const Status third = queue.Submit(count);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Code::kResourceExhausted);
  EXPECT_EQ(queue.stats().queued, 2u);
  EXPECT_EQ(queue.stats().running, 1u);
  EXPECT_EQ(queue.stats().refused, 1u);
  blocker.Release();
  queue.Stop(kLong);
  EXPECT_EQ(ran, 2);
}

TEST(WorkQueue, AJobWhoseDeadlinePassedIsToldSoAndDoesNotRun) {
  WorkQueue queue(1, 8);
  std::promise<Result<int>> answer;
  api::Context context;
  context.deadline = std::chrono::steady_clock::now() - milliseconds{1};
  ASSERT_TRUE(
      queue.Submit([&](Result<int> worker) { answer.set_value(std::move(worker)); }, context));
  const Result<int> got = answer.get_future().get();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kDeadlineExceeded);
}

TEST(WorkQueue, AJobWhoseClientLeftMakesRoomInAFullQueue) {
  WorkQueue queue(1, 1);
  Blocker blocker(queue);
  api::Context context;
  context.cancelled = std::make_shared<std::atomic<bool>>(false);
  std::promise<Result<int>> left;
  ASSERT_TRUE(
      queue.Submit([&](Result<int> worker) { left.set_value(std::move(worker)); }, context));
  *context.cancelled = true;
  std::promise<Result<int>> next;
  ASSERT_TRUE(queue.Submit([&](Result<int> worker) { next.set_value(std::move(worker)); }));
  EXPECT_EQ(left.get_future().get().error().code, Code::kCancelled);
  blocker.Release();
  EXPECT_TRUE(next.get_future().get());
  EXPECT_EQ(queue.stats().expired, 1u);
}

TEST(WorkQueue, StopFinishesWhatWasAcceptedAndRefusesTheRest) {
  WorkQueue queue(2, 1000);
  std::atomic<int> ran = 0;
  for (int i = 0; i < 500; ++i)
    ASSERT_TRUE(queue.Submit([&](const Result<int>& worker) { ran += worker ? 1 : 0; }));
  queue.Stop(kLong);
  EXPECT_EQ(ran, 500);
  const Status late = queue.Submit([&](const Result<int>&) { ++ran; });
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kUnavailable);
  EXPECT_EQ(ran, 500);
}

TEST(WorkQueue, StopWithoutGraceTellsWaitingJobsThatTheyWillNotRun) {
  WorkQueue queue(1, 10);
  Blocker blocker(queue);
  std::atomic<int> unavailable = 0;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(queue.Submit([&](const Result<int>& worker) {
      if (!worker && worker.error().code == Code::kUnavailable && ++unavailable == 5)
        blocker.Release();
    }));
  }
  queue.Stop(milliseconds{0});  // returns only because the refused jobs release the running one
  EXPECT_EQ(unavailable, 5);
}

TEST(WorkQueue, AJobMaySubmitAndStopItsOwnQueue) {
  WorkQueue queue(1, 10);
  std::promise<void> second;
  ASSERT_TRUE(queue.Submit([&](const Result<int>&) {
    EXPECT_TRUE(queue.Submit([&](const Result<int>&) {
      queue.Stop(kLong);
      second.set_value();
    }));
  }));
  second.get_future().get();
}

TEST(WorkQueue, TwoJobsThatStopTheirQueueAtOnceDoNotWaitForEachOther) {
  WorkQueue queue(2, 10);
  std::latch both(2);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(queue.Submit([&](const Result<int>&) {
      both.arrive_and_wait();
      queue.Stop(kLong);
    }));
  }
  both.wait();
  queue.Stop(kLong);
  EXPECT_EQ(queue.stats().completed, 2u);
}

TEST(WorkQueue, AJobMayDestroyItsOwnQueue) {
  std::promise<void> destroyed;
  auto queue = std::make_shared<WorkQueue>(2, 10);
  WorkQueue& borrowed = *queue;
  ASSERT_TRUE(borrowed.Submit([&destroyed, queue = std::move(queue)](const Result<int>&) mutable {
    queue.reset();
    destroyed.set_value();
  }));
  destroyed.get_future().get();
}

TEST(WorkQueue, EveryJobOfManyThreadsIsAnsweredExactlyOnce) {
  constexpr size_t kThreads = 8;
  constexpr size_t kEach = 2000;
  std::vector<std::array<std::atomic<int>, kEach>> answers(kThreads);
  std::atomic<uint64_t> accepted = 0;
  {
    WorkQueue queue(3, 64);
    std::vector<std::jthread> clients;
    clients.reserve(kThreads);
    for (size_t t = 0; t < kThreads; ++t) {
      clients.emplace_back([&, t] {
        std::mt19937 random(static_cast<unsigned>(t));
        for (size_t i = 0; i < kEach; ++i) {
          api::Context context;
          if (random() % 4 == 0)
            context.cancelled = std::make_shared<std::atomic<bool>>(random() % 2 == 0);
          auto& answer = answers[t][i];
          if (queue.Submit([&answer](const Result<int>&) { ++answer; }, context)) {
            ++accepted;
          } else {
            ++answer;
          }
        }
      });
    }
    clients.clear();
    queue.Stop(kLong);
    const QueueStats stats = queue.stats();
    EXPECT_EQ(stats.completed + stats.expired, accepted);
    EXPECT_EQ(stats.refused + accepted, kThreads * kEach);
  }
  for (const auto& each : answers) {
    for (const auto& answer : each) ASSERT_EQ(answer, 1);
  }
}

}  // namespace
}  // namespace brink::serving
