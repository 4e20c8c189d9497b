#include <gtest/gtest.h>

#include <thread>

#include "brink/base/thread_pool.h"
#include "brink/engine/session.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;

constexpr int kSize = 24;
constexpr int kChannels = 16;

// Convolution, pooling, a residual sum, a concatenation and a fully connected end: steps that share
// memory and work.
std::shared_ptr<const model::Model> SmallNet() {
  ModelBuilder b;
  const auto weights = [](size_t count) {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i * 7 % 13) / 13 - 0.5F;
    return values;
  };
  const Options same = {{0, int8_t{0}}, {1, 1}, {2, 1}, {3, int8_t{1}}, {4, 1}, {5, 1}};
  const Options halve = {{0, int8_t{0}}, {1, 2}, {2, 2}, {3, 2}, {4, 2}, {5, int8_t{0}}};
  const int x = b.Input("x", Type::kFloat32, {1, kSize, kSize, 3});
  const int w = b.Constant("w", {kChannels, 3, 3, 3}, weights(kChannels * 27));
  const int bias = b.Constant("b", {kChannels}, weights(kChannels));
  const int conv =
      b.Op("CONV_2D", {x, w, bias}, {.name = "conv", .shape = {1, kSize, kSize, kChannels}}, same);
  const int half = kSize / 2;
  const int pool =
      b.Op("MAX_POOL_2D", {conv}, {.name = "pool", .shape = {1, half, half, kChannels}}, halve);
  const int w2 = b.Constant("w2", {kChannels, 3, 3, kChannels}, weights(kChannels * 9 * kChannels));
  const int conv2 = b.Op("CONV_2D", {pool, w2, bias},
                         {.name = "conv2", .shape = {1, half, half, kChannels}}, same);
  const int sum =
      b.Op("ADD", {pool, conv2}, {.name = "sum", .shape = {1, half, half, kChannels}}, Options{});
  const int flat = half * half * kChannels;
  const int shape = b.Constant("shape", {2}, std::vector<int32_t>{1, flat});
  const int row = b.Op("RESHAPE", {sum, shape}, {.name = "row", .shape = {1, flat}});
  const int w3 = b.Constant("w3", {10, flat}, weights(static_cast<size_t>(10 * flat)));
  const int end = b.Op("FULLY_CONNECTED", {row, w3, model::kAbsent},
                       {.name = "end", .shape = {1, 10}}, Options{});
  b.Output(b.Op("SOFTMAX", {end}, {.name = "y", .shape = {1, 10}}, Options{{0, 0.01F}}));
  b.Output(sum);
  return model::ReadModel(b.Build(), "small").value();
}

std::vector<float> RunWith(Session& session, int seed) {
  float next = static_cast<float>(seed);
  for (float& value : session.input(0).as<float>()) value = next = next * 0.97F + 0.1F;
  EXPECT_TRUE(session.Run());
  std::vector<float> results;
  for (int i = 0; i < 2; ++i) {
    const auto values = session.output(i).as<float>();
    results.insert(results.end(), values.begin(), values.end());
  }
  return results;
}

void ExpectSerialResults(int plan_threads, int pool_threads) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 25;
  const auto plan = Plan::Build(SmallNet(), {.threads = plan_threads}).value();
  std::vector<std::vector<float>> wanted;
  for (int seed = 0; seed < kThreads; ++seed) {
    wanted.push_back(RunWith(*Session::Create(plan).value(), seed));
  }
  ThreadPool pool(pool_threads);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      auto session = Session::Create(plan, &pool).value();
      for (int round = 0; round < kRounds; ++round) {
        const int seed = (i + round) % kThreads;
        wrong += RunWith(*session, seed) != wanted[static_cast<size_t>(seed)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// Three layers of 72 kB each: enough for threads to share in.
std::shared_ptr<const model::Model> WideLayers() {
  constexpr int kWide = 136;
  ModelBuilder b;
  std::vector<float> weights(kWide * kWide);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i * 7 % 13) / 130;
  int y = b.Input("x", Type::kFloat32, {2, kWide});
  for (const char* name : {"w1", "w2", "w3"}) {
    const int w = b.Constant(name, {kWide, kWide}, weights);
    y = b.Op("FULLY_CONNECTED", {y, w, model::kAbsent},
             {.name = std::string("y of ") + name, .shape = {2, kWide}}, Options{});
  }
  b.Output(y);
  b.Output(y);
  return model::ReadModel(b.Build(), "wide").value();
}

TEST(SessionConcurrencyTest, PlansThatThreadsPackAtOnceAreThoseThatOneThreadPacks) {
  constexpr int kThreads = 3;
  const auto model = WideLayers();
  const auto alone = Plan::Build(model, {.threads = kThreads}).value();
  ASSERT_GT(alone->weights_bytes(), size_t{128} << 10);
  const std::vector<float> wanted = RunWith(*Session::Create(alone).value(), 1);
  ThreadPool pool(kThreads);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        const auto plan = Plan::Build(model, {.threads = kThreads, .pool = &pool}).value();
        wrong += RunWith(*Session::Create(plan, &pool).value(), 1) != wanted;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// Products of pairs of matrices, of runs' and of constants: each thread multiplies some of them.
TEST(SessionConcurrencyTest, ThreadsMultiplyPairsOfMatricesAsOneDoes) {
  ModelBuilder b;
  std::vector<float> constants(8 * 40 * 24);
  for (size_t i = 0; i < constants.size(); ++i) constants[i] = static_cast<float>(i % 17) / 16;
  const int x = b.Input("x", Type::kFloat32, {8, 40, 32});
  const int y = b.Constant("y", {8, 40, 24}, constants);
  b.Output(b.Op("BATCH_MATMUL", {x, x}, {.name = "squares", .shape = {8, 40, 40}},
                Options{{0, false}, {1, true}}));
  b.Output(b.Op("BATCH_MATMUL", {x, y}, {.name = "products", .shape = {8, 32, 24}},
                Options{{0, true}, {1, false}}));
  const auto model = model::ReadModel(b.Build(), "pairs").value();
  const auto alone = Session::Create(Plan::Build(model, {.threads = 1}).value()).value();
  for (const int threads : {2, 3}) {
    ThreadPool pool(threads);
    const auto plan = Plan::Build(model, {.threads = threads}).value();
    const auto together = Session::Create(plan, &pool).value();
    for (int seed = 0; seed < 20; ++seed) {
      const std::vector<float> wanted = RunWith(*alone, seed);
      const std::vector<float> got = RunWith(*together, seed);
      for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(got[i], wanted[i], 1e-3F) << threads;
    }
  }
}

TEST(SessionConcurrencyTest, SessionsOfOnePlanRunAtOnce) { ExpectSerialResults(1, 1); }

TEST(SessionConcurrencyTest, SessionsShareOnePool) { ExpectSerialResults(3, 3); }

}  // namespace
}  // namespace brink::engine
