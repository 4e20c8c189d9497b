#include "brink/vision/decode_ssd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace brink::vision {
namespace {

using testing::HasSubstr;

SsdDecoder SmallSsd() {
  return {.boxes = "loc",
          .scores = "cls",
          .feature_maps = {3, 2},
          .sizes = {{.1f, .2f}, {.4f, .5f}},
          .ratios = {1, .25f, 4}};
}

struct SsdOutputs {
  std::vector<float> offsets;
  std::vector<float> scores;
  int classes = 2;

  explicit SsdOutputs(const SsdDecoder& ssd)
      : offsets(static_cast<size_t>(AnchorCount(ssd)) * 4),
        scores(static_cast<size_t>(AnchorCount(ssd)) * 2) {}

  Result<std::vector<Detection>> Decode(const SsdDecoder& ssd,
                                        const std::vector<std::string>& labels) const {
    TensorFloats boxes;
    boxes.shape = {1, static_cast<int64_t>(offsets.size() / 4), 4};
    boxes.values = offsets;
    TensorFloats values;
    values.shape = {1, static_cast<int64_t>(scores.size()) / classes, classes};
    values.values = scores;
    return DecodeSsd(ssd, labels, boxes, values);
  }
};

TEST(DecodeSsd, AnchorsGoMapByMapRowByRowSizesThenRatios) {
  const SsdDecoder ssd = SmallSsd();
  ASSERT_EQ(AnchorCount(ssd), 9 * 4 + 4 * 4);
  const auto expect = [&](int index, Anchor wanted) {
    const Anchor anchor = AnchorAt(ssd, index);
    EXPECT_FLOAT_EQ(anchor.centre_x, wanted.centre_x) << index;
    EXPECT_FLOAT_EQ(anchor.centre_y, wanted.centre_y) << index;
    EXPECT_FLOAT_EQ(anchor.width, wanted.width) << index;
    EXPECT_FLOAT_EQ(anchor.height, wanted.height) << index;
  };
  expect(0, {.5f / 3, .5f / 3, .1f, .1f});
  expect(1, {.5f / 3, .5f / 3, .2f, .2f});
  expect(2, {.5f / 3, .5f / 3, .05f, .2f});
  expect(3, {.5f / 3, .5f / 3, .2f, .05f});
  expect(4, {1.5f / 3, .5f / 3, .1f, .1f});
  expect(12, {.5f / 3, 1.5f / 3, .1f, .1f});
  expect(36, {.25f, .25f, .4f, .4f});
  expect(51, {.75f, .75f, .8f, .2f});
}

TEST(DecodeSsd, OffsetsThatEncodeABoxGiveItBack) {
  const SsdDecoder ssd = SmallSsd();
  std::mt19937 random(1);
  std::uniform_real_distribution<float> place(.1f, .9f);
  for (int round = 0; round < 500; ++round) {
    const Anchor anchor = AnchorAt(ssd, static_cast<int>(random() % 52));
    const float x = place(random);
    const float y = place(random);
    const float width = place(random);
    const float height = place(random);
    const std::array<float, 4> offsets = {
        (x - anchor.centre_x) / anchor.width / .1f, (y - anchor.centre_y) / anchor.height / .1f,
        std::log(width / anchor.width) / .2f, std::log(height / anchor.height) / .2f};
    const Box box = BoxAt(ssd, anchor, offsets);
    EXPECT_NEAR(box[0], x - width / 2, 1e-5);
    EXPECT_NEAR(box[1], y - height / 2, 1e-5);
    EXPECT_NEAR(box[2], x + width / 2, 1e-5);
    EXPECT_NEAR(box[3], y + height / 2, 1e-5);
  }
}

TEST(DecodeSsd, FindsWhatScoresAboveTheThreshold) {
  const SsdDecoder ssd = SmallSsd();
  SsdOutputs outputs(ssd);
  outputs.scores[2 * 4 + 1] = .9f;   // anchor 4, class 1
  outputs.scores[2 * 51 + 0] = .6f;  // anchor 51, class 0
  outputs.scores[2 * 20 + 0] = .5f;  // not above
  const auto detections = outputs.Decode(ssd, {"a", "b"}).value();
  ASSERT_EQ(detections.size(), 2u);
  EXPECT_EQ(detections[0].label, "b");
  EXPECT_EQ(detections[0].label_index, 1);
  EXPECT_FLOAT_EQ(detections[0].score, .9f);
  EXPECT_NEAR(detections[0].box[0], .45, 1e-6);
  EXPECT_EQ(detections[1].label, "a");
  EXPECT_EQ(detections[1].box[2], 1) << "cut at the edge of the picture";
}

TEST(DecodeSsd, WithoutLabelsTheIndexIsTheLabel) {
  const SsdDecoder ssd = SmallSsd();
  SsdOutputs outputs(ssd);
  outputs.scores[1] = .9f;
  EXPECT_EQ(outputs.Decode(ssd, {}).value().at(0).label, "1");
}

TEST(DecodeSsd, WildNumbersNeverLeaveThePicture) {
  const SsdDecoder ssd = SmallSsd();
  std::mt19937 random(2);
  const std::array<float, 8> wild = {0, 1, -1, 1e30f, -1e30f, INFINITY, -INFINITY, NAN};
  for (int round = 0; round < 500; ++round) {
    SsdOutputs outputs(ssd);
    for (float& value : outputs.offsets) value = wild[random() % wild.size()];
    for (float& value : outputs.scores) value = wild[random() % wild.size()];
    const auto detections = outputs.Decode(ssd, {"a", "b"}).value();
    for (const Detection& detection : detections) {
      EXPECT_TRUE(std::isfinite(detection.score));
      for (const float edge : detection.box) EXPECT_TRUE(edge >= 0 && edge <= 1);
      EXPECT_LT(detection.box[0], detection.box[2]);
      EXPECT_LT(detection.box[1], detection.box[3]);
    }
  }
}

TEST(DecodeSsd, ShapesThatDoNotMatchTheCardAreRefused) {
  SsdDecoder ssd = SmallSsd();
  const SsdOutputs outputs(ssd);
  EXPECT_EQ(
      outputs.Decode(ssd, {"a"}).error().message,
      "scores 'cls': the card's anchors and labels want [1, 52, 1], the tensor is [1, 52, 2]");
  ssd.feature_maps = {3, 1};
  EXPECT_EQ(outputs.Decode(ssd, {}).error().message,
            "boxes 'loc': the card's anchors want [1, 40, 4], the tensor is [1, 52, 4]");
  EXPECT_THAT(CheckSsd(SmallSsd(), {}, {1, 52, 4}, {1, 52, 0}).error().message,
              HasSubstr("[1, 52, classes]"));
  EXPECT_FALSE(CheckSsd(SmallSsd(), {}, {1, 52, 4}, {1, 52}).has_value());
}

}  // namespace
}  // namespace brink::vision
