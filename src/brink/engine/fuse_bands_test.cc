#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "brink/engine/floats_testing.h"
#include "brink/engine/plan.h"
#include "brink/engine/session.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::EndsWith;
using testing::FloatNear;
using testing::Not;
using testing::Pointwise;

constexpr int8_t kSame = 0;
constexpr int8_t kValid = 1;

std::vector<float> RandomFloats(size_t count, float most) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-most, most);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

// A tensor while a graph is built.
struct Made {
  int index = 0;
  std::array<int, 4> shape{};
};

// Two 3x3 convolutions with RELU, each with a pooling of 2x2 behind it or none.
struct TwoConvs {
  int batch = 1;
  int height = 180;
  int width = 90;
  std::array<int, 3> channels = {3, 24, 16};
  std::array<int8_t, 2> padding = {kSame, kSame};
  std::array<bool, 2> pools = {false, false};
  int threads = 1;

  std::shared_ptr<const Plan> Build(const std::vector<std::string>& outputs) const {
    ModelBuilder b;
    Made made{.shape = {batch, height, width, channels[0]}};
    made.index = b.Input("x", Type::kFloat32, {batch, height, width, channels[0]});
    for (size_t i = 0; i < 2; ++i) {
      const std::string name = i == 0 ? "first" : "second";
      made = Conv(b, made, i, name);
      if (pools[i]) made = Pool(b, made, name + " pooled");
    }
    b.Output(made.index);
    const auto plan = Plan::Build(model::ReadModel(b.Build(), "test").value(),
                                  {.outputs = outputs, .threads = threads});
    EXPECT_TRUE(plan) << plan.error().message;
    return *plan;
  }

  std::string Name(size_t conv) const {
    return std::string(conv == 0 ? "first" : "second") + (pools[conv] ? " pooled" : "");
  }
  std::shared_ptr<const Plan> Fused() const { return Build({Name(1)}); }
  // What lies between is an output too.
  std::shared_ptr<const Plan> Apart() const { return Build({Name(1), Name(0)}); }

 private:
  Made Conv(ModelBuilder& b, const Made& x, size_t i, const std::string& name) const {
    const int less = padding[i] == kValid ? 2 : 0;
    const Made y{.shape = {batch, x.shape[1] - less, x.shape[2] - less, channels[i + 1]}};
    const auto weights =
        size_t{9} * static_cast<size_t>(channels[i + 1]) * static_cast<size_t>(channels[i]);
    const int w =
        b.Constant("w " + name, {channels[i + 1], 3, 3, channels[i]}, RandomFloats(weights, 0.2F));
    const int bias = b.Constant("b " + name, {channels[i + 1]},
                                RandomFloats(static_cast<size_t>(channels[i + 1]), 1));
    return {.index = b.Op("CONV_2D", {x.index, w, bias},
                          {.name = name, .shape = {y.shape.begin(), y.shape.end()}},
                          Options{{0, padding[i]}, {1, 1}, {2, 1}, {3, int8_t{1}}}),
            .shape = y.shape};
  }

  static Made Pool(ModelBuilder& b, const Made& x, const std::string& name) {
    const Made y{.shape = {x.shape[0], (x.shape[1] + 1) / 2, (x.shape[2] + 1) / 2, x.shape[3]}};
    return {.index = b.Op("MAX_POOL_2D", {x.index},
                          {.name = name, .shape = {y.shape.begin(), y.shape.end()}},
                          Options{{0, kSame}, {1, 2}, {2, 2}, {3, 2}, {4, 2}, {5, int8_t{0}}}),
            .shape = y.shape};
  }
};

std::vector<float> RunOnce(const std::shared_ptr<const Plan>& plan) {
  auto session = Session::Create(plan).value();
  const auto input = session->input(0).as<float>();
  const auto values = RandomFloats(input.size(), 1);
  std::ranges::copy(values, input.begin());
  EXPECT_TRUE(session->Run());
  return Floats(session->output(0));
}

void ExpectFused(const TwoConvs& graph) {
  const auto fused = graph.Fused();
  const auto apart = graph.Apart();
  ASSERT_EQ(fused->steps().size(), 1U);
  EXPECT_THAT(fused->steps()[0].kernel, EndsWith(" in bands"));
  ASSERT_EQ(apart->steps().size(), 2U);
  EXPECT_EQ(fused->steps()[0].macs, apart->steps()[0].macs + apart->steps()[1].macs);
  EXPECT_EQ(fused->steps()[0].output, graph.Name(1));
  EXPECT_LT(fused->arena_bytes(), apart->arena_bytes() * 7 / 8);
  EXPECT_THAT(RunOnce(fused), Pointwise(FloatNear(1e-5F), RunOnce(apart)));
}

void ExpectNoBands(const std::shared_ptr<const Plan>& plan) {
  for (const StepInfo& step : plan->steps()) EXPECT_THAT(step.kernel, Not(EndsWith(" in bands")));
}

TEST(FuseBandsTest, TheSameComesOutWhateverIsPooledAndPadded) {
  for (const bool first : {false, true}) {
    for (const bool second : {false, true}) {
      for (const int8_t padding : {kSame, kValid}) {
        for (const int height : {180, 193, 211}) {
          SCOPED_TRACE(testing::Message() << first << second << int{padding} << " " << height);
          TwoConvs graph{.height = first ? 2 * height - 1 : height,
                         .width = first ? 180 : 91,
                         .channels = {3, 32, 16},
                         .padding = {padding, kSame},
                         .pools = {first, second}};
          ExpectFused(graph);
          graph.channels[0] = first ? 2 : 8;
          std::swap(graph.padding[0], graph.padding[1]);
          ExpectFused(graph);
        }
      }
    }
  }
}

TEST(FuseBandsTest, EveryPictureOfABatchIsGoneOver) {
  ExpectFused({.batch = 3, .height = 421, .channels = {3, 24, 12}, .pools = {true, false}});
  ExpectFused({.batch = 2, .channels = {12, 24, 30}, .pools = {false, true}});
}

// A run is none the worse for one before it: what it overwrote of its input is set again.
TEST(FuseBandsTest, RunsAreAlike) {
  const auto plan = TwoConvs{}.Fused();
  auto session = Session::Create(plan).value();
  std::vector<float> before;
  for (int run = 0; run < 2; ++run) {
    const auto input = session->input(0).as<float>();
    const auto values = RandomFloats(input.size(), 1);
    std::ranges::copy(values, input.begin());
    ASSERT_TRUE(session->Run());
    const std::vector<float> now = Floats(session->output(0));
    if (run > 0) {
      EXPECT_EQ(now, before);
    }
    before = now;
  }
}

TEST(FuseBandsTest, SmallTensorsAndSeveralThreadsStayWhole) {
  ExpectNoBands(TwoConvs{.height = 60, .width = 60}.Fused());
  ExpectNoBands(TwoConvs{.threads = 2}.Fused());
}

TEST(FuseBandsTest, WhatSomethingElseReadsStaysWhole) { ExpectNoBands(TwoConvs{}.Apart()); }

}  // namespace
}  // namespace brink::engine
