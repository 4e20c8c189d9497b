#include "brink/vision/decode_postprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace brink::vision {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct PostProcessOutputs {
  std::vector<float> boxes;
  std::vector<float> classes;
  std::vector<float> scores;
  float count = 0;

  std::vector<Detection> Decode() const {
    const auto places = static_cast<int64_t>(scores.size());
    const auto floats = [](const Shape& shape, const std::vector<float>& values) {
      TensorFloats made;
      made.shape = shape;
      made.values = values;
      return made;
    };
    const std::vector<float> counts = {count};
    return DecodePostProcess({}, {"person", "bicycle"}, floats({1, places, 4}, boxes),
                             floats({1, places}, classes), floats({1, places}, scores),
                             floats({1}, counts))
        .value();
  }
};

TEST(DecodePostProcess, TheUsedPlacesAboveTheThresholdAreTold) {
  const PostProcessOutputs outputs{
      .boxes = {.1f, .2f, .3f, .4f, 0, 0, 1, 1, -1, 0, .5f, 2, 0, 0, 1, 1},
      .classes = {1, 0, 7, 0},
      .scores = {.6f, .4f, .9f, .99f},
      .count = 3};
  const auto found = outputs.Decode();
  ASSERT_EQ(found.size(), 2u) << "the second is unsure, the fourth is not used";
  EXPECT_EQ(found[0].label, "7");
  EXPECT_THAT(found[0].box, ElementsAre(0, 0, 1, .5f));
  EXPECT_EQ(found[1].label, "bicycle");
  EXPECT_THAT(found[1].box, ElementsAre(.2f, .1f, .4f, .3f));
}

TEST(DecodePostProcess, NonsenseIsNotTold) {
  for (const float count : {1e30f, NAN, -1.f, 100.f}) {
    const PostProcessOutputs outputs{.boxes = {0, NAN, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0},
                                     .classes = {0, -5, 0},
                                     .scores = {.9f, .9f, .9f},
                                     .count = count};
    EXPECT_TRUE(outputs.Decode().empty()) << count;
  }
}

TEST(DecodePostProcess, TensorsThatDoNotFitAreRefused) {
  EXPECT_TRUE(CheckPostProcess({}, {1, 10, 4}, {1, 10}, {1, 10}, {1}).has_value());
  EXPECT_TRUE(CheckPostProcess({}, {1, -1, 4}, {1, -1}, {1, -1}, {1}).has_value());
  EXPECT_THAT(CheckPostProcess({}, {1, 10, 4}, {1, 10}, {1, 11}, {1}).error().message,
              HasSubstr("scores 'TFLite_Detection_PostProcess:2': expected [1, 10], the tensor is "
                        "[1, 11]"));
  EXPECT_FALSE(CheckPostProcess({}, {1, 10, 5}, {1, 10}, {1, 10}, {1}).has_value());
  EXPECT_FALSE(CheckPostProcess({}, {10, 4}, {1, 10}, {1, 10}, {1}).has_value());
  EXPECT_FALSE(CheckPostProcess({}, {1, 10, 4}, {1, 10}, {1, 10}, {2}).has_value());
}

}  // namespace
}  // namespace brink::vision
