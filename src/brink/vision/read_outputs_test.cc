#include "brink/vision/read_outputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::vision {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

TEST(ReadOutputs, BoxesOfALetterboxAreMovedToThePicture) {
  Card card{.name = "yolo", .input = {.letterbox = true}, .decoder = YoloDecoder{}};
  const InputSize input{.width = 64, .height = 64, .channels = 3};
  // In the middle of the input; the picture, 200 x 100, fills rows 16 to 48 of it.
  const std::vector<float> head = {.5f, .5f, .25f, .25f, .9f};
  std::vector<TensorFloats> outputs(1);
  outputs[0].shape = {1, 5, 1};
  outputs[0].values = head;
  const Found found = ReadOutputs(card, input, 200, 100, outputs).value();
  const auto& detections = std::get<std::vector<Detection>>(found);
  ASSERT_EQ(detections.size(), 1u);
  EXPECT_THAT(detections[0].box, ElementsAre(FloatNear(.375f, 1e-6f), FloatNear(.25f, 1e-6f),
                                             FloatNear(.625f, 1e-6f), FloatNear(.75f, 1e-6f)));
}

TEST(ReadOutputs, ASegmentationOfALetterboxIsCutToThePicture) {
  Card card{.name = "seg", .input = {.letterbox = true}, .decoder = SegmentDecoder{}};
  const InputSize input{.width = 8, .height = 8, .channels = 3};
  std::vector<float> scores(16);
  scores[4 + 1] = 1;  // row 1, column 1 of 4 x 4
  std::vector<TensorFloats> outputs(1);
  outputs[0].shape = {1, 4, 4, 1};
  outputs[0].values = scores;
  const Found found = ReadOutputs(card, input, 200, 100, outputs).value();
  const auto& segments = std::get<Segmentation>(found);
  EXPECT_EQ(segments.width, 4);
  EXPECT_EQ(segments.height, 2);
  const uint8_t no = Segmentation::kNothing;
  EXPECT_THAT(segments.classes, ElementsAre(no, 0, no, no, no, no, no, no));
  ASSERT_EQ(segments.regions.size(), 1u);
  EXPECT_THAT(segments.regions[0].box, ElementsAre(.25f, 0, .5f, .5f));
}

TEST(ReadOutputs, OnlyWhatHasAThresholdHasOneToLower) {
  Decoder yolo = YoloDecoder{.score_threshold = .3f};
  ASSERT_NE(ScoreThreshold(yolo), nullptr);
  EXPECT_FLOAT_EQ(*ScoreThreshold(yolo), .3f);
  Decoder classify = ClassifyDecoder{};
  EXPECT_EQ(ScoreThreshold(classify), nullptr);
}

}  // namespace
}  // namespace brink::vision
