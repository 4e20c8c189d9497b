#include "brink/engine/session.h"

#include <gtest/gtest.h>

#include <cmath>

#include "brink/base/thread_pool.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;

// Two convolutions that a kernel cuts by the number of threads.
std::shared_ptr<const model::Model> TwoConvolutions(int height) {
  constexpr int kWidth = 24;
  constexpr int kFew = 16;
  constexpr int kMany = 48;
  ModelBuilder b;
  std::vector<float> values(size_t{kFew} * 9 * kMany);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 7 % 13) / 13 - 0.5F;
  const Options same = {{0, int8_t{0}}, {1, 1}, {2, 1}, {3, int8_t{1}}, {4, 1}, {5, 1}};
  const int x = b.Input("x", Type::kFloat32, {1, height, kWidth, kFew});
  const int first = b.Constant("first filter", {kMany, 3, 3, kFew}, values);
  const int second = b.Constant("second filter", {kFew, 3, 3, kMany}, values);
  const int many = b.Op("CONV_2D", {x, first, model::kAbsent},
                        {.name = "many", .shape = {1, height, kWidth, kMany}}, same);
  b.Output(b.Op("CONV_2D", {many, second, model::kAbsent},
                {.name = "few", .shape = {1, height, kWidth, kFew}}, same));
  return model::ReadModel(b.Build(), "two").value();
}

std::vector<float> RunOnce(Session& session) {
  float next = 0.3F;
  for (float& value : session.input(0).as<float>()) value = next = std::fmod(next * 1.7F, 1.0F);
  EXPECT_TRUE(session.Run());
  const auto values = session.output(0).as<float>();
  return {values.begin(), values.end()};
}

double WorstDifference(const std::vector<float>& a, const std::vector<float>& b) {
  double worst = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(double{a[i]} - double{b[i]}));
  }
  return worst;
}

// Weights like these cost a convolution many times its time on CPUs that compute them by microcode.
TEST(SessionTest, SubnormalNumbersAreZerosInARunAndOnlyThere) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  const int one = b.Constant<float>("one", {2}, {1, 1});
  b.Output(b.Op("MUL", {x, one}, {.name = "y", .shape = {2}}));
  const auto plan = Plan::Build(model::ReadModel(b.Build(), "tiny").value()).value();
  const auto session = Session::Create(plan).value();
  session->input(0).as<float>()[0] = 1e-39F;
  session->input(0).as<float>()[1] = 2e-38F;
  ASSERT_TRUE(session->Run());
  EXPECT_EQ(session->output(0).as<float>()[0], 0);
  EXPECT_EQ(session->output(0).as<float>()[1], 2e-38F);
  volatile float tiny = 1e-39F;
  EXPECT_NE(tiny * 1.0F, 0);
}

TEST(SessionTest, AnyNumberOfThreadsUpToThePlansRunsIt) {
  for (int height = 12; height <= 64; height += 4) {
    const auto model = TwoConvolutions(height);
    const auto alone = Plan::Build(model, {.threads = 1}).value();
    const auto wanted = RunOnce(*Session::Create(alone).value());
    for (const int planned : {2, 3, 8}) {
      const auto plan = Plan::Build(model, {.threads = planned}).value();
      for (const int threads : {0, 1, 2}) {
        std::unique_ptr<ThreadPool> pool;
        if (threads > 0) pool = std::make_unique<ThreadPool>(threads);
        const auto got = RunOnce(*Session::Create(plan, pool.get()).value());
        EXPECT_LT(WorstDifference(got, wanted), 2e-3)
            << threads << " threads on a plan for " << planned << ", height " << height;
      }
    }
  }
}

}  // namespace
}  // namespace brink::engine
