#include "brink/vision/decode_classify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace brink::vision {
namespace {

std::vector<Classification> Classified(const ClassifyDecoder& classify,
                                       const std::vector<std::string>& labels,
                                       const std::vector<float>& scores) {
  TensorFloats values;
  values.shape = {1, static_cast<int64_t>(scores.size())};
  values.values = scores;
  return DecodeClassify(classify, labels, values).value();
}

TEST(DecodeClassify, TheBestComeFirstAndTheLowerIndexAmongEquals) {
  const auto best = Classified({.top = 3}, {"a", "b", "c", "d"}, {.2f, .3f, .2f, .3f});
  ASSERT_EQ(best.size(), 3u);
  EXPECT_EQ(best[0].label, "b");
  EXPECT_EQ(best[1].label, "d");
  EXPECT_EQ(best[2].label, "a");
  EXPECT_FLOAT_EQ(best[0].score, .3f);
}

TEST(DecodeClassify, TopMayExceedTheClasses) {
  EXPECT_EQ(Classified({.top = 9}, {}, {1, 2}).size(), 2u);
}

TEST(DecodeClassify, SoftmaxTurnsLogitsIntoShares) {
  const auto best = Classified({.softmax = true}, {}, {1000, 1000 + std::log(3.f), -INFINITY});
  EXPECT_EQ(best[0].label, "1");
  EXPECT_NEAR(best[0].score, .75, 1e-4);
  EXPECT_NEAR(best[1].score, .25, 1e-4);
  EXPECT_EQ(best[2].score, 0);
}

TEST(DecodeClassify, WhatIsNotANumberIsLeftOut) {
  const auto best = Classified({}, {}, {NAN, .5f, NAN});
  ASSERT_EQ(best.size(), 1u);
  EXPECT_EQ(best[0].label, "1");
}

TEST(DecodeClassify, ShapesThatDoNotMatchTheCardAreRefused) {
  EXPECT_EQ(CheckClassify({.scores = "p"}, {"a"}, {1, 2}).error().message,
            "scores 'p': the card's labels want [1, 1], the tensor is [1, 2]");
  EXPECT_FALSE(CheckClassify({}, {}, {2, 5}).has_value());
  EXPECT_FALSE(CheckClassify({}, {}, {1, 0}).has_value());
  EXPECT_TRUE(CheckClassify({}, {}, {1, 1, 1, 5}).has_value());
}

TEST(TensorFloats, IntegersAreDequantised) {
  const std::vector<int8_t> stored = {-128, 0, 127};
  Tensor tensor = Tensor::Of<int8_t>({1, 3}, stored);
  const auto floats = ReadFloats(tensor.view(), {.scale = {.5f}, .zero_point = {-128}}).value();
  EXPECT_THAT(floats.values, testing::ElementsAre(0, 64, 127.5));
  EXPECT_EQ(ReadFloats(tensor.view(), {}).error().message,
            "expected FLOAT32, or INT8, UINT8 or INT16 with one scale, got INT8 with 0 scales");
}

}  // namespace
}  // namespace brink::vision
