// Non-maximum suppression.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "brink/ops/op_call_testing.h"

namespace brink::ops {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::FloatNear;
using testing::HasSubstr;

// Boxes 1 and 2 overlap box 0 by .9 of 1.1 and each other by .81 of 1.19; 1 has its corners
// swapped.
const std::vector<float> kBoxes = {0, 0,  1, 1,  1.1F, 1, 0.1F, 0,  0, -0.1F, 1, 0.9F,
                                   0, 10, 1, 11, 0,    9, 1,    10, 0, 100,   1, 101};
const std::vector<float> kScores = {0.9F, 0.75F, 0.6F, 0.95F, 0.5F, 0.3F};

struct Limits {
  int32_t most = 6;
  float overlap = 0.5F;
  float score = 0;
  float sigma = -1;  // of V5
};

OpCall Suppress(const Limits& limits, bool soft = false) {
  OpCall call(soft ? "NON_MAX_SUPPRESSION_V5" : "NON_MAX_SUPPRESSION_V4");
  call.In<float>({6, 4}, kBoxes).In<float>({6}, kScores);
  call.Constant<int32_t>({}, {limits.most}).In<float>({}, {limits.overlap});
  call.In<float>({}, {limits.score});
  if (soft) call.In<float>({}, {limits.sigma});
  call.Out(Type::kInt32);
  if (soft) call.Out(Type::kFloat32);
  call.Out(Type::kInt32);
  return call;
}

TEST(NonMaxSuppressionTest, SelectsTheBestAndPadsWithZeros) {
  EXPECT_THAT(Suppress({.score = 0.4F}).Get<int32_t>(0), ElementsAreArray({3, 0, 4, 0, 0, 0}));
  EXPECT_THAT(Suppress({.score = 0.4F}).Get<int32_t>(1), ElementsAreArray({3}));
  EXPECT_THAT(Suppress({.most = 2}).Get<int32_t>(0), ElementsAreArray({3, 0}));
  EXPECT_THAT(Suppress({.most = 2}).Get<int32_t>(1), ElementsAreArray({2}));
  EXPECT_THAT(Suppress({.most = 0}).Get<int32_t>(1), ElementsAreArray({0}));
  EXPECT_THAT(Suppress({.score = 0.95F}).Get<int32_t>(0), ElementsAreArray({0, 0, 0, 0, 0, 0}));
}

TEST(NonMaxSuppressionTest, SoftSuppressionLowersScores) {
  OpCall call = Suppress({.overlap = 1, .score = 0, .sigma = 0.5F}, true);
  EXPECT_THAT(call.Get<int32_t>(2), ElementsAreArray({6}));
  const std::vector<float> scores = call.Floats(1);
  // Scores fall by exp(-overlap^2).
  const float near = std::exp(-(0.9F / 1.1F) * (0.9F / 1.1F));
  const float far = std::exp(-(0.81F / 1.19F) * (0.81F / 1.19F));
  EXPECT_THAT(call.Get<int32_t>(0), ElementsAreArray({3, 0, 4, 1, 5, 2}));
  EXPECT_THAT(scores,
              ElementsAre(0.95F, 0.9F, FloatNear(0.5F, 1e-6F), FloatNear(0.75F * near, 1e-6F), 0.3F,
                          FloatNear(0.6F * near * far, 1e-6F)));
}

TEST(NonMaxSuppressionTest, BoxesWithoutAreaAreSelectedOnce) {
  OpCall call("NON_MAX_SUPPRESSION_V4");
  call.In<float>({2, 4}, std::vector<float>(8, 0.0F)).In<float>({2}, {0.5F, 0.5F});
  call.Constant<int32_t>({}, {4}).In<float>({}, {0.5F}).In<float>({}, {0}).Out(Type::kInt32);
  call.Out(Type::kInt32);
  EXPECT_THAT(call.Get<int32_t>(0), ElementsAreArray({0, 1, 0, 0}));
  EXPECT_THAT(call.Get<int32_t>(1), ElementsAreArray({2}));
}

TEST(NonMaxSuppressionTest, RefusesWhatItCannotDo) {
  EXPECT_THAT(Suppress({.most = -1}).Error(), HasSubstr("input 2: -1 boxes to select"));
  EXPECT_THAT(Suppress({.sigma = -2}, true).Error(), HasSubstr("input 5: sigma -2"));
  OpCall call("NON_MAX_SUPPRESSION_V4");
  call.In<float>({1, 4}, {0, 0, 1, 1}).In<float>({2}, {1, 1}).Constant<int32_t>({}, {1});
  call.In<float>({}, {1}).In<float>({}, {1}).Out(Type::kInt32).Out(Type::kInt32);
  EXPECT_THAT(call.Error(), HasSubstr("boxes of shape [1, 4] with scores of shape [2]"));
}

}  // namespace
}  // namespace brink::ops
