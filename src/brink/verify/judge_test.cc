#include "brink/verify/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::verify {
namespace {

using testing::HasSubstr;

template <class T>
Tensor Of(std::vector<T> values) {
  return Tensor::Of<T>({static_cast<int64_t>(values.size())}, std::span<const T>(values));
}

template <class T>
Verdict JudgeOne(const Rules& rules, std::vector<T> output, std::vector<std::vector<T>> recorded) {
  std::vector<Tensor> recordings;
  for (auto& values : recorded) recordings.push_back(Of<T>(values));
  return Judge(rules, Of<T>(output).view(), recordings);
}

TEST(Judge, FloatsMayBeOffByAThousandthOfTheirDeviation) {
  EXPECT_EQ(JudgeOne<float>({}, {0, 1, 2, 3.0001F}, {{0, 1, 2, 3}}).wrong, "");
  const Verdict verdict = JudgeOne<float>({}, {0, 1, 2, 3.01F}, {{0, 1, 2, 3}});
  EXPECT_THAT(verdict.wrong, HasSubstr("RMSE 0.005"));
  EXPECT_NEAR(verdict.largest_error, 0.01, 1e-6);
}

TEST(Judge, OneFarElementIsWrongHoweverManyAreRight) {
  std::vector<float> wanted(1'000'000, 0);
  for (size_t i = 0; i < wanted.size(); ++i) wanted[i] = static_cast<float>(i % 10);
  std::vector<float> got = wanted;
  got[77] += 0.01F;
  EXPECT_THAT(JudgeOne<float>({}, got, {wanted}).wrong, HasSubstr("largest error 0.01"));
}

TEST(Judge, WhatIsNotANumberMustNotBeOneEither) {
  EXPECT_EQ(JudgeOne<float>({}, {NAN, 1}, {{NAN, 1}}).wrong, "");
  EXPECT_NE(JudgeOne<float>({}, {NAN, 1}, {{0, 1}}).wrong, "");
}

TEST(Judge, AQuantisedModelMayDifferAsMuchAsItsRecordingsDo) {
  const Rules rules{.quantised = true, .has_scale = true};
  EXPECT_EQ(JudgeOne<int8_t>(rules, {5, 5}, {{0, 0}, {10, 10}}).wrong, "");
  EXPECT_NE(JudgeOne<int8_t>(rules, {25, 25}, {{0, 0}, {10, 10}}).wrong, "");
  EXPECT_EQ(JudgeOne<int8_t>(rules, {1, 0}, {{0, 0}}).wrong, "");
}

TEST(Judge, ASingleQuantisedOperatorMayBeOffByOneStep) {
  const Rules rules{.quantised = true, .single_operator = true, .has_scale = true};
  EXPECT_EQ(JudgeOne<int8_t>(rules, {1, 0, 0, 0}, {{0, 0, 0, 0}}).wrong, "");
  EXPECT_NE(JudgeOne<int8_t>(rules, {2, 0, 0, 0}, {{0, 0, 0, 0}}).wrong, "");
}

TEST(Judge, OtherIntegersAreEqual) {
  EXPECT_EQ(JudgeOne<int32_t>({}, {1, 2}, {{9, 9}, {1, 2}}).wrong, "");
  EXPECT_NE(JudgeOne<int32_t>({.quantised = true}, {1, 2}, {{1, 3}}).wrong, "");
}

TEST(Judge, ShapesAndTypesAreEqual) {
  std::vector<Tensor> recordings;
  recordings.push_back(Of<float>({1, 2, 3}));
  EXPECT_EQ(Judge({}, Of<float>({1, 2}).view(), recordings).wrong,
            "FLOAT32 [2], recorded FLOAT32 [3]");
}

}  // namespace
}  // namespace brink::verify
