#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "brink/engine/plan.h"
#include "brink/engine/session.h"
#include "brink/kernels/choose.h"
#include "brink/kernels/cpu.h"
#include "brink/kernels/hybrid_conv.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::Each;
using testing::FloatNear;
using testing::Pointwise;
using testing::StartsWith;

constexpr int kWide = 128;

constexpr size_t kWeights = size_t{9} * kWide * kWide;
constexpr size_t kFilterBytes = kWeights * sizeof(float);
constexpr size_t kMegabytesBeyond = (size_t{3} << 20) + sizeof(float) * 16 * 16 * kWide;

// Some 3x3 convolutions one after another, each of as many channels. Every second one is pooled
// where that is wanted, while there are pixels. Their weights are floats, or bytes.
std::shared_ptr<const Plan> PlanOfChain(int convolutions, bool pooled = false, bool bytes = false) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(-0.04F,
                                                0.04F);  // what passes neither grows nor dies
  ModelBuilder b;
  int side = 16;
  int x = b.Input("x", Type::kFloat32, {1, side, side, kWide});
  for (int i = 0; i < convolutions; ++i) {
    std::vector<float> filter(kWeights);
    for (float& weight : filter) weight = uniform(random);
    const std::string name = std::to_string(i);
    const Shape shape{kWide, 3, 3, kWide};
    const int w =
        bytes ? b.Constant("w" + name, shape, std::vector<int8_t>(kWeights, 3), {{0.001F}, {0}, 0})
              : b.Constant("w" + name, shape, filter);
    x = b.Op("CONV_2D", {x, w, model::kAbsent},
             {.name = "conv" + name, .shape = {1, side, side, kWide}},
             Options{{0, int8_t{0}}, {1, 1}, {2, 1}, {3, int8_t{1}}});
    if (!pooled || i % 2 == 0 || side <= 8) continue;
    side /= 2;
    x = b.Op("MAX_POOL_2D", {x}, {.name = "pool" + name, .shape = {1, side, side, kWide}},
             Options{{0, int8_t{0}}, {1, 2}, {2, 2}, {3, 2}, {4, 2}, {5, int8_t{0}}});
  }
  b.Output(x);
  const auto plan = Plan::Build(model::ReadModel(b.Build(), "test").value(), {});
  EXPECT_TRUE(plan) << plan.error().message;
  return *plan;
}

std::vector<float> OutputOf(const std::shared_ptr<const Plan>& plan) {
  auto session = Session::Create(plan).value();
  std::mt19937 random(4);
  for (float& value : session->input(0).as<float>())
    value = std::uniform_real_distribution<float>(-1, 1)(random);
  EXPECT_TRUE(session->Run());
  const auto output = session->output(0).as<float>();
  return {output.begin(), output.end()};
}

std::vector<std::string> Kernels(const Plan& plan) {
  std::vector<std::string> kernels;
  for (const StepInfo& step : plan.steps()) kernels.push_back(step.kernel);
  return kernels;
}

TEST(LimitWeights, TheFastestKernelsStayWhereTheyTakeFewMegabytes) {
  EXPECT_THAT(Kernels(*PlanOfChain(2)), Each(StartsWith("winograd")));
}

TEST(LimitWeights, ManyConvolutionsPackLessThanTheFileAndItsWeightsOnceMore) {
  // Winograd's weights of tiles of 4 are 4 times the model's, of 6 7 times.
  constexpr size_t kMany = 20;
  for (const bool pooled : {false, true}) {
    const auto plan = PlanOfChain(kMany, pooled);
    const size_t most = (2 * kMany - 1) * kFilterBytes + kMegabytesBeyond;
    EXPECT_LE(plan->weights_bytes(), most) << pooled;
    EXPECT_GT(plan->weights_bytes(), most - 5 * kFilterBytes)
        << pooled << ": what is allowed is for speed";
    const kernels::PreferKernel direct("direct");
    EXPECT_THAT(OutputOf(plan), Pointwise(FloatNear(1e-4F), OutputOf(PlanOfChain(kMany, pooled))))
        << pooled;
  }
}

// Where Winograd's products of floats are faster than those of bytes, but weigh 7 times as much.
TEST(LimitWeights, BytesOfWeightsPackLessThanTheFileAndThemselvesOnceMore) {
  constexpr size_t kMany = 24;
  for (const std::string_view target : kernels::CpuTargets()) {
    kernels::ForceCpuTarget(target);
    if (!kernels::SpeedOfIntegers().keeps_pace) continue;
    const auto plan = PlanOfChain(kMany, false, true);
    EXPECT_LE(plan->weights_bytes(), (2 * kMany - 1) * kWeights + kMegabytesBeyond) << target;
    if (kernels::CpuMultipliesBytes()) continue;
    EXPECT_GT(plan->weights_bytes(), 2 * kMany * kWeights) << target << ": some are for speed";
  }
  kernels::ForceCpuTarget("");
}

}  // namespace
}  // namespace brink::engine
