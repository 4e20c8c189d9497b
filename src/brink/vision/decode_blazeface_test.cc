#include "brink/vision/decode_blazeface.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::vision {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

constexpr InputSize kInput{.width = 128, .height = 128, .channels = 3};

BlazeFaceDecoder Small() {
  return {.boxes = "b", .scores = "s", .feature_maps = {4, 2}, .anchors = {2, 6}};
}

struct Outputs {
  std::vector<float> boxes = std::vector<float>(56 * 6);
  std::vector<float> scores = std::vector<float>(56, -100);

  void Put(size_t anchor, std::vector<float> row, float score) {
    std::copy(row.begin(), row.end(), boxes.begin() + static_cast<std::ptrdiff_t>(anchor * 6));
    scores[anchor] = score;
  }
  std::vector<Detection> Decode(const BlazeFaceDecoder& face) const {
    TensorFloats box_floats;
    box_floats.shape = {1, 56, 6};
    box_floats.values = boxes;
    TensorFloats score_floats;
    score_floats.shape = {1, 56, 1};
    score_floats.values = scores;
    return DecodeBlazeFace(face, {"face"}, kInput, box_floats, score_floats).value();
  }
};

TEST(DecodeBlazeFace, AnchorsGoMapByMapRowByRow) {
  EXPECT_EQ(AnchorCount(Small()), 4 * 4 * 2 + 2 * 2 * 6);
  EXPECT_EQ(AnchorCount({.feature_maps = {16, 8}, .anchors = {2, 6}}), 896);
  Outputs outputs;
  outputs.Put(2 * 5 + 1, {0, 0, 12.8f, 25.6f, 9, 9}, 0);        // cell 1, 1 of the first map
  outputs.Put(32 + 6 * 3, {12.8f, -12.8f, 12.8f, 12.8f}, 1.f);  // the last cell of the second
  const auto found =
      outputs.Decode({.feature_maps = {4, 2}, .anchors = {2, 6}, .score_threshold = .4f});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].label, "face");
  EXPECT_NEAR(found[0].score, .7310586f, 1e-6);
  EXPECT_THAT(found[0].box, ElementsAre(FloatNear(.8f, 1e-6f), FloatNear(.6f, 1e-6f),
                                        FloatNear(.9f, 1e-6f), FloatNear(.7f, 1e-6f)));
  EXPECT_FLOAT_EQ(found[1].score, .5f);
  EXPECT_THAT(found[1].box, ElementsAre(FloatNear(.325f, 1e-6f), FloatNear(.275f, 1e-6f),
                                        FloatNear(.425f, 1e-6f), FloatNear(.475f, 1e-6f)));
}

TEST(DecodeBlazeFace, TheScaleOfTheCardStandsForTheInputs) {
  Outputs outputs;
  outputs.Put(0, {0, 0, 100, 50}, 5);
  BlazeFaceDecoder face = Small();
  face.scale = 1000;
  const auto found = outputs.Decode(face);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(found[0].box[2] - found[0].box[0], .1f, 1e-6);
  EXPECT_NEAR(found[0].box[3] - found[0].box[1], .05f, 1e-6);
}

TEST(DecodeBlazeFace, OtherShapesAreRefusedWithWhatWasExpected) {
  EXPECT_TRUE(CheckBlazeFace(Small(), {1, 56, 16}, {1, 56, 1}).has_value());
  EXPECT_THAT(CheckBlazeFace(Small(), {1, 896, 16}, {1, 896, 1}).error().message,
              HasSubstr("boxes 'b': the card's anchors want [1, 56, 4 or more]"));
  EXPECT_THAT(CheckBlazeFace(Small(), {1, 56, 16}, {1, 56, 2}).error().message,
              HasSubstr("scores 's'"));
}

}  // namespace
}  // namespace brink::vision
