#include "brink/vision/decode_yolo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::vision {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

const std::vector<std::string> kLabels = {"cat", "dog"};
constexpr InputSize kYoloInput{.width = 100, .height = 200, .channels = 3};

// Rows of {x, y, width, height, scores...}, one a place.
using Rows = std::vector<std::vector<float>>;

std::vector<Detection> YoloDetections(const YoloDecoder& yolo, const Rows& rows) {
  const size_t numbers = rows[0].size();
  TensorFloats output;
  output.converted.resize(rows.size() * numbers);
  for (size_t place = 0; place < rows.size(); ++place) {
    for (size_t k = 0; k < numbers; ++k) {
      const size_t at = yolo.objectness ? place * numbers + k : k * rows.size() + place;
      output.converted[at] = rows[place][k];
    }
  }
  const auto places = static_cast<int64_t>(rows.size());
  const auto extent = static_cast<int64_t>(numbers);
  output.shape = yolo.objectness ? Shape{1, places, extent} : Shape{1, extent, places};
  output.values = output.converted;
  return DecodeYolo(yolo, kLabels, kYoloInput, output).value();
}

TEST(DecodeYolo, V8AndV11HaveNumbersFirstAndNoObjectness) {
  const auto found =
      YoloDetections({}, {{.5f, .5f, .2f, .4f, .1f, .8f}, {.2f, .2f, .1f, .1f, .2f, .1f}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].label, "dog");
  EXPECT_FLOAT_EQ(found[0].score, .8f);
  EXPECT_THAT(found[0].box, ElementsAre(FloatNear(.4f, 1e-6f), FloatNear(.3f, 1e-6f),
                                        FloatNear(.6f, 1e-6f), FloatNear(.7f, 1e-6f)));
}

TEST(DecodeYolo, V5HasPlacesFirstAndWeighsScoresByObjectness) {
  const auto found = YoloDetections({.objectness = true}, {{.5f, .5f, .2f, .4f, .5f, .9f, .1f},
                                                           {.2f, .2f, .1f, .1f, .2f, 1, 1},
                                                           {.8f, .8f, .1f, .1f, .9f, .2f, .1f}});
  ASSERT_EQ(found.size(), 1u) << "0.2 and 0.18 are below the threshold";
  EXPECT_EQ(found[0].label, "cat");
  EXPECT_FLOAT_EQ(found[0].score, .45f);
}

TEST(DecodeYolo, PixelsAreOfTheInput) {
  const auto found = YoloDetections({.pixels = true}, {{50, 100, 20, 40, .9f, 0}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].box, ElementsAre(FloatNear(.4f, 1e-6f), FloatNear(.4f, 1e-6f),
                                        FloatNear(.6f, 1e-6f), FloatNear(.6f, 1e-6f)));
}

TEST(DecodeYolo, OverlapsCompeteWithinTheirClassUnlessTheCardSaysOtherwise) {
  const Rows rows = {
      {.5f, .5f, .2f, .2f, .9f, 0}, {.5f, .5f, .2f, .2f, 0, .8f}, {.51f, .5f, .2f, .2f, .7f, 0}};
  EXPECT_EQ(YoloDetections({}, rows).size(), 2u);
  EXPECT_EQ(YoloDetections({.nms = {.iou_threshold = .45f, .by_class = false}}, rows).size(), 1u);
}

TEST(DecodeYolo, BoxesAreCutAtThePictureAndNonsenseGoes) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto found = YoloDetections({}, {{0, 0, .2f, .2f, .9f, 0},
                                         {nan, 0, .2f, .2f, .9f, 0},
                                         {5, 5, .2f, .2f, .9f, 0},
                                         {.5f, .5f, -.2f, .2f, .9f, 0}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].box, ElementsAre(0, 0, FloatNear(.1f, 1e-6f), FloatNear(.1f, 1e-6f)));
}

TEST(DecodeYolo, AnotherShapeIsRefusedWithWhatWasExpected) {
  EXPECT_TRUE(CheckYolo({}, kLabels, {1, 6, 8400}).has_value());
  EXPECT_TRUE(CheckYolo({}, {}, {1, 84, 8400}).has_value());
  EXPECT_THAT(CheckYolo({.output = "o"}, kLabels, {1, 8400, 6}).error().message,
              HasSubstr("output 'o': the card's head and labels want [1, 6, places], the tensor is "
                        "[1, 8400, 6]"));
  EXPECT_THAT(CheckYolo({.objectness = true}, {}, {1, 100, 5}).error().message,
              HasSubstr("[1, places, 5 + classes]"));
  EXPECT_FALSE(CheckYolo({}, {}, {1, 6}).has_value());
}

}  // namespace
}  // namespace brink::vision
