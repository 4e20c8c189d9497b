#include "brink/kernels/detection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace brink::kernels {
namespace {

using testing::ElementsAre;

// Boxes of width and height 1 around x = 0, 0.1, 5 and 5.05.
struct Scene {
  std::vector<float> boxes = {0, 0, 0, 0, 0, 0.1F, 0, 0, 0, 5, 0, 0, 0, 5.05F, 0, 0};
  std::vector<float> anchors = {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1};
  // Background and two classes.
  std::vector<float> scores = {0, 0.9F, 0.2F, 0, 0.8F, 0.85F, 0, 0.1F, 0.6F, 0, 0.3F, 0.7F};
  DetectionProblem problem = {.boxes = 4,
                              .columns = 3,
                              .classes = 2,
                              .most_detections = 5,
                              .score_threshold = 0.15F,
                              .iou_threshold = 0.5F};
};

struct Detections {
  int count = 0;
  std::vector<Corners> boxes;
  std::vector<float> classes;
  std::vector<float> scores;
};

Detections DetectIn(const Scene& scene) {
  Detections found;
  const auto places = static_cast<size_t>(DetectionPlaces(scene.problem));
  found.boxes.resize(places);
  found.classes.resize(places, -1);
  found.scores.resize(places, -1);
  std::vector<std::byte> scratch(DetectionScratchBytes(scene.problem));
  found.count =
      Detect(scene.problem, {scene.boxes.data(), scene.scores.data(), scene.anchors.data()},
             {found.boxes, found.classes, found.scores}, scratch.data());
  return found;
}

TEST(Detection, TheBestClassOfABoxHidesItsNeighbours) {
  const Detections found = DetectIn({});
  EXPECT_EQ(found.count, 2);
  EXPECT_THAT(found.scores, ElementsAre(0.9F, 0.7F, 0, 0, 0));
  EXPECT_THAT(found.classes, ElementsAre(0, 1, 0, 0, 0));
  EXPECT_NEAR(found.boxes[1].x_min, 4.55, 1e-5);
  EXPECT_NEAR(found.boxes[1].x_max, 5.55, 1e-5);
}

TEST(Detection, ClassesSuppressApartWhenAsked) {
  Scene scene;
  scene.problem.regular = true;
  const Detections found = DetectIn(scene);
  EXPECT_EQ(found.count, 4);
  EXPECT_THAT(found.scores, ElementsAre(0.9F, 0.85F, 0.7F, 0.3F, 0));
  EXPECT_THAT(found.classes, ElementsAre(0, 1, 1, 0, 0));
}

TEST(Detection, ABoxMayStandForSeveralClasses) {
  Scene scene;
  scene.problem.most_classes = 2;
  const Detections found = DetectIn(scene);
  EXPECT_EQ(found.count, 4);
  EXPECT_THAT(std::vector<float>(found.scores.begin(), found.scores.begin() + 4),
              ElementsAre(0.9F, 0.2F, 0.7F, 0.3F));
}

TEST(Detection, LimitsHold) {
  Scene scene;
  scene.problem.most_detections = 1;
  EXPECT_THAT(DetectIn(scene).scores, ElementsAre(0.9F));
  scene.problem.regular = true;
  EXPECT_THAT(DetectIn(scene).scores, ElementsAre(0.9F));
}

TEST(Detection, NumbersThatAreNoneAreNotDetected) {
  Scene scene;
  for (float& score : scene.scores) score = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(DetectIn(scene).count, 0);
  scene.problem.regular = true;
  EXPECT_EQ(DetectIn(scene).count, 0);
}

}  // namespace
}  // namespace brink::kernels
