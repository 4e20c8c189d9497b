#include "brink/kernels/short_functions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "brink/kernels/random_problem.h"
#include "brink/kernels/softmax.h"

namespace brink::kernels {
namespace {

std::vector<int16_t> AllShorts() {
  std::vector<int16_t> values;
  for (int32_t value = -32768; value <= 32767; ++value)
    values.push_back(static_cast<int16_t>(value));
  return values;
}

TEST(ShortFunctions, LogisticAndTanhAreTheRealOnes) {
  // A power of two that the kernel knows, and a scale that it multiplies.
  for (const float scale : {1.0F / 4096, 0.0007F}) {
    const auto input = AllShorts();
    std::vector<int16_t> logistic(input.size()), tanh(input.size());
    const auto count = static_cast<int64_t>(input.size());
    Logistic(scale, {input.data(), logistic.data(), count}, Backwards(2));
    Tanh(scale, {input.data(), tanh.data(), count}, Backwards(2));
    for (size_t i = 0; i < input.size(); ++i) {
      const double x = double{scale} * input[i];
      ASSERT_NEAR(logistic[i] / 32768.0, 1 / (1 + std::exp(-x)), 2e-4) << x;
      ASSERT_NEAR(tanh[i] / 32768.0, std::tanh(x), 3e-4) << x;
    }
  }
}

// Recorded from the fixed-point definition: the ends, the middle and values between two entries.
TEST(ShortFunctions, LogisticHasTheKnownSteps) {
  const std::vector<int16_t> input = {-32768, -4096, -100, 0, 1, 100, 4096, 32767};
  std::vector<int16_t> output(input.size());
  Logistic(1.0F / 4096, {input.data(), output.data(), 8}, {});
  EXPECT_EQ(output[3], 16384);
  EXPECT_EQ(output[2] + output[5], 32768);
  EXPECT_NEAR(output[6], 23955, 2);
  EXPECT_EQ(output[0], 11);
  EXPECT_EQ(output[7], 32757);
}

TEST(ShortFunctions, ATableFollowsItsFunction) {
  const Affine in{6.0F / 32768, 0};
  const Affine out{1.0F / 4096, 0};
  const ShortTable table = MakeShortTable(in, out, [](float x) { return std::sin(x); });
  const auto input = AllShorts();
  std::vector<int16_t> output(input.size());
  ApplyTable(table, {input.data(), output.data(), static_cast<int64_t>(input.size())},
             Backwards(2));
  for (size_t i = 0; i < input.size(); ++i) {
    ASSERT_NEAR(output[i], 4096 * std::sin(double{in.scale} * input[i]), 2.0);
  }
}

TEST(ShortFunctions, SlopesScaleEachSideAndClamp) {
  const auto apply = [](const ShortSlopes& slopes, int16_t value) {
    int16_t output = 0;
    ApplySlopes(slopes, {&value, &output, 1}, {});
    return output;
  };
  const ShortSlopes leaky = MakeLeakyRelu({1.0F, 0}, {0.5F, 0}, -0.25F);
  EXPECT_EQ(apply(leaky, 100), 200);
  EXPECT_EQ(apply(leaky, -100), 50);
  EXPECT_EQ(apply(leaky, 32767), 32767);
  const ShortSlopes relu6 = MakeShortClamp({1.0F, 0}, {0.5F, 0}, {0.0F, 6.0F});
  EXPECT_EQ(apply(relu6, 5), 10);
  EXPECT_EQ(apply(relu6, 7), 12);
  EXPECT_EQ(apply(relu6, -7), 0);
}

TEST(ShortFunctions, SoftmaxSumsToOneAndFollowsTheRealOne) {
  Random random(95);
  const SoftmaxShape shape{20, 13};
  const float scale = 0.0004F;
  const auto input = random.Bytes<int16_t>(shape.rows * shape.depth);
  std::vector<int16_t> output(input.size());
  Softmax(MakeShortSoftmax(1.0F, scale), {shape, input.data(), output.data()}, Backwards(2));
  for (int64_t row = 0; row < shape.rows; ++row) {
    double sum = 0;
    for (int64_t i = 0; i < shape.depth; ++i) {
      sum += std::exp(double{scale} * input[static_cast<size_t>(row * shape.depth + i)]);
    }
    for (int64_t i = 0; i < shape.depth; ++i) {
      const auto at = static_cast<size_t>(row * shape.depth + i);
      ASSERT_NEAR(output[at] / 32768.0, std::exp(double{scale} * input[at]) / sum, 1e-3);
    }
  }
}

}  // namespace
}  // namespace brink::kernels
