#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "brink/engine/plan.h"
#include "brink/engine/session.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

constexpr int8_t kSame = 0;
constexpr int8_t kValid = 1;
constexpr int kInChannels =
    32;  // and pictures large enough for Winograd's kernel, which pools, on every CPU target
constexpr int kChannels = 24;

std::vector<float> RandomFloats(size_t count) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

// A 3x3 convolution with RELU of [1, height, width, 32], and a pooling of 2x2 behind it.
struct ConvAndPool {
  int height = 32;
  int width = 32;
  int8_t pool_padding = kSame;
  int pool_stride = 2;
  int8_t pool_activation = 0;

  std::shared_ptr<const Plan> Build(const std::vector<std::string>& outputs) const {
    ModelBuilder b;
    const int x = b.Input("x", Type::kFloat32, {1, height, width, kInChannels});
    const int w =
        b.Constant("w", {kChannels, 3, 3, kInChannels}, RandomFloats(kChannels * 9 * kInChannels));
    const int bias = b.Constant("b", {kChannels}, RandomFloats(kChannels));
    const int conv =
        b.Op("CONV_2D", {x, w, bias}, {.name = "conv", .shape = {1, height, width, kChannels}},
             Options{{0, kSame}, {1, 1}, {2, 1}, {3, int8_t{1}}});
    const int pooled_height = pool_padding == kSame ? (height + 1) / 2 : height / 2;
    const int pooled_width = pool_padding == kSame ? (width + 1) / 2 : width / 2;
    b.Output(b.Op(
        "MAX_POOL_2D", {conv},
        {.name = "pool",
         .shape = pool_stride == 2 ? std::vector<int32_t>{1, pooled_height, pooled_width, kChannels}
                                   : std::vector<int32_t>{1, height, width, kChannels}},
        Options{{0, pool_padding},
                {1, pool_stride},
                {2, pool_stride},
                {3, 2},
                {4, 2},
                {5, pool_activation}}));
    const auto plan =
        Plan::Build(model::ReadModel(b.Build(), "test").value(), {.outputs = outputs});
    EXPECT_TRUE(plan) << plan.error().message;
    return *plan;
  }

  std::vector<std::string> Ops() const {
    const auto plan = Build({});
    std::vector<std::string> ops;
    for (const StepInfo& step : plan->steps()) ops.emplace_back(step.op);
    return ops;
  }

  // The pooling's output; `apart`: the convolution is an output too, so that nothing is fused.
  std::vector<float> Run(bool apart) const {
    const auto plan =
        Build(apart ? std::vector<std::string>{"pool", "conv"} : std::vector<std::string>{"pool"});
    auto session = Session::Create(plan).value();
    const auto input = session->input(0).as<float>();
    const auto values = RandomFloats(input.size());
    std::copy(values.begin(), values.end(), input.begin());
    EXPECT_TRUE(session->Run());
    const auto output = session->output(0).as<float>();
    return {output.begin(), output.end()};
  }
};

TEST(FusePoolsTest, AConvolutionPoolsWhatItStores) {
  EXPECT_THAT(ConvAndPool{}.Ops(), ElementsAre("CONV_2D"));
  EXPECT_THAT((ConvAndPool{.pool_padding = kValid}.Ops()), ElementsAre("CONV_2D"));
}

TEST(FusePoolsTest, FusedAndApartAgreeForEvenAndOddSizes) {
  for (const int height : {28, 33, 40}) {
    for (const int width : {32, 37}) {
      const ConvAndPool graph{.height = height, .width = width};
      EXPECT_THAT(graph.Ops(), ElementsAre("CONV_2D")) << height << " x " << width;
      EXPECT_THAT(graph.Run(false), Pointwise(FloatNear(1e-4F), graph.Run(true)))
          << height << " x " << width;
    }
  }
}

TEST(FusePoolsTest, OtherPoolingsStayApart) {
  const auto apart = ElementsAre("CONV_2D", "MAX_POOL_2D");
  EXPECT_THAT((ConvAndPool{.height = 33, .pool_padding = kValid}.Ops()), apart);
  EXPECT_THAT((ConvAndPool{.pool_stride = 1}.Ops()), apart);
  EXPECT_THAT((ConvAndPool{.pool_activation = 3}.Ops()), apart);
}

}  // namespace
}  // namespace brink::engine
