#include "brink/vision/decode_segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace brink::vision {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint8_t kNo = Segmentation::kNothing;

Segmentation Segmented(const SegmentDecoder& segment, const Shape& shape,
                       const std::vector<float>& values,
                       const std::vector<std::string>& labels = {}) {
  TensorFloats scores;
  scores.shape = shape;
  scores.values = values;
  return DecodeSegment(segment, labels, scores).value();
}

TEST(DecodeSegment, RegionsOfOneClassHangTogetherByTheirSides) {
  const auto found = Segmented({}, {1, 3, 4, 1},
                               {.9f, .9f, 0, 0,  //
                                0, 0, .6f, 0,    //
                                0, 0, .8f, .8f},
                               {"person"});
  EXPECT_EQ(found.width, 4);
  EXPECT_EQ(found.height, 3);
  EXPECT_THAT(found.classes, ElementsAre(0, 0, kNo, kNo, kNo, kNo, 0, kNo, kNo, kNo, 0, 0));
  ASSERT_EQ(found.regions.size(), 2u);
  EXPECT_EQ(found.regions[0].label, "person");
  EXPECT_FLOAT_EQ(found.regions[0].score, .9f);
  EXPECT_THAT(found.regions[0].box, ElementsAre(0, 0, .5f, 1.f / 3));
  EXPECT_FLOAT_EQ(found.regions[1].score, 2.2f / 3);
  EXPECT_THAT(found.regions[1].box, ElementsAre(.5f, 1.f / 3, 1, 1));
}

TEST(DecodeSegment, TheBestClassIsNotTheBackground) {
  // Two places; of three classes the first is nothing.
  const std::vector<float> logits = {5, 0, 0, 0, 4, 1};
  const auto found = Segmented({.logits = true}, {1, 1, 2, 3}, logits, {"none", "road", "sky"});
  EXPECT_THAT(found.classes, ElementsAre(kNo, 1));
  ASSERT_EQ(found.regions.size(), 1u);
  EXPECT_EQ(found.regions[0].label, "road");
  EXPECT_NEAR(found.regions[0].score, 1 / (1 + std::exp(-4.f) + std::exp(-3.f)), 1e-6);
  EXPECT_THAT(Segmented({.logits = true, .background = -1}, {1, 1, 2, 3}, logits).classes,
              ElementsAre(0, 1));
}

TEST(DecodeSegment, OneClassOfLogitsGoesThroughTheLogisticFunction) {
  const auto found = Segmented({.logits = true}, {1, 1, 2, 1}, {1, -1});
  EXPECT_THAT(found.classes, ElementsAre(0, kNo));
  EXPECT_NEAR(found.regions[0].score, 1 / (1 + std::exp(-1.f)), 1e-6);
}

TEST(DecodeSegment, SpecksAreLeftOutAndOfVeryManyTheLargestStay) {
  std::vector<float> board(64 * 64);
  for (size_t k = 0; k < board.size(); ++k) board[k] = (k / 64 + k % 64) % 2 == 0 ? 1.f : 0.f;
  EXPECT_TRUE(Segmented({}, {1, 64, 64, 1}, board).regions.empty());
  EXPECT_EQ(Segmented({.least_share = 0}, {1, 64, 64, 1}, board).regions.size(), 100u);
  EXPECT_EQ(Segmented({}, {1, 512, 512, 1}, std::vector<float>(512 * 512, 1)).regions.size(), 1u);
}

TEST(DecodeSegment, WhatIsNoNumberIsNothing) {
  EXPECT_THAT(Segmented({}, {1, 1, 1, 1}, {NAN}).classes, ElementsAre(kNo));
  EXPECT_THAT(Segmented({.logits = true}, {1, 1, 1, 2}, {NAN, NAN}).classes, ElementsAre(kNo));
}

TEST(DecodeSegment, OtherShapesAreRefused) {
  EXPECT_THAT(CheckSegment({.scores = "s"}, {"a", "b"}, {1, 8, 8, 3}).error().message,
              HasSubstr("scores 's': the card's labels want [1, height, width, 2], the tensor is"));
  EXPECT_FALSE(CheckSegment({}, {}, {1, 8, 8, 256}).has_value());
  EXPECT_FALSE(CheckSegment({}, {}, {8, 8}).has_value());
  EXPECT_FALSE(CheckSegment({}, {}, {1, 0, 8, 3}).has_value());
}

}  // namespace
}  // namespace brink::vision
