#include "brink/camera/stages/tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

namespace brink::camera {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

vision::Detection At(float x, float y, float score = .9f, const std::string& label = "Mask") {
  return {.label = label,
          .label_index = label == "Mask" ? 0 : 1,
          .score = score,
          .box = {x - .05f, y - .08f, x + .05f, y + .08f}};
}

// A frame every 100 ms.
class TrackerTest : public testing::Test {
 protected:
  std::vector<int64_t> Step(std::vector<vision::Detection> detections,
                            milliseconds passed = milliseconds(100)) {
    now_ += passed;
    return tracker_.Update(detections, now_);
  }
  Tracker tracker_{{}};
  Tracker::Time now_{std::chrono::hours(500'000)};
};

TEST_F(TrackerTest, WhatMovesKeepsItsNumberAndNewThingsGetNewOnes) {
  for (int k = 0; k < 20; ++k) {
    const float x = .1f + .03f * static_cast<float>(k);
    EXPECT_THAT(Step({At(x, .3f), At(1 - x, .7f)}), ElementsAre(1, 2)) << k;
  }
  EXPECT_THAT(Step({At(.7f, .3f), At(.5f, .5f), At(.3f, .7f)}), ElementsAre(1, 3, 2));
}

TEST_F(TrackerTest, TwoThatPassEachOtherKeepTheirNumbers) {
  for (int k = 0; k <= 20; ++k) {
    const float x = .1f + .04f * static_cast<float>(k);
    const auto ids = Step({At(x, .45f), At(1 - x, .55f)});
    EXPECT_THAT(ids, ElementsAre(1, 2)) << k;
  }
}

TEST_F(TrackerTest, AGapIsBridgedAndAfterLongerTheTrackEnds) {
  Step({At(.3f, .3f)});
  Step({At(.3f, .3f)});
  for (int k = 0; k < 15; ++k) Step({});
  EXPECT_THAT(Step({At(.31f, .3f)}), ElementsAre(1));
  for (int k = 0; k < 25; ++k) {
    Step({});
    if (!tracker_.ended().empty()) break;
  }
  ASSERT_EQ(tracker_.ended().size(), 1u);
  EXPECT_EQ(tracker_.ended()[0].id, 1);
  EXPECT_EQ(tracker_.ended()[0].frames, 3);
  EXPECT_THAT(Step({At(.31f, .3f)}), ElementsAre(2));
}

TEST_F(TrackerTest, UnsureDetectionsContinueATrackAndBeginNone) {
  EXPECT_THAT(Step({At(.3f, .3f, .2f)}), ElementsAre(0));
  Step({At(.3f, .3f)});
  for (int k = 0; k < 50; ++k) EXPECT_THAT(Step({At(.3f, .3f, .2f)}), ElementsAre(1));
  EXPECT_THAT(Step({At(.3f, .3f)}), ElementsAre(1));
}

TEST_F(TrackerTest, AFlickerOfTheLabelDoesNotChangeTheTracksButAChangeDoes) {
  for (int k = 0; k < 10; ++k) Step({At(.3f, .3f)});
  Step({At(.3f, .3f, .9f, "NoMask")});
  EXPECT_EQ(tracker_.tracks()[0].label, "Mask");
  for (int k = 0; k < 12; ++k) EXPECT_THAT(Step({At(.3f, .3f, .9f, "NoMask")}), ElementsAre(1));
  EXPECT_EQ(tracker_.tracks()[0].label, "NoMask");
  EXPECT_EQ(tracker_.tracks()[0].label_index, 1);
}

TEST_F(TrackerTest, OneFrameIsAFlickerTwoAreAThing) {
  Step({At(.3f, .3f)});
  EXPECT_FALSE(tracker_.tracks()[0].confirmed);
  Step({}, milliseconds(5000));
  EXPECT_TRUE(tracker_.tracks().empty());
  EXPECT_TRUE(tracker_.ended().empty());
  Step({At(.3f, .3f)});
  Step({At(.3f, .3f)});
  EXPECT_TRUE(tracker_.tracks()[0].confirmed);
}

TEST_F(TrackerTest, AClockThatIsSetBackDoesNoHarm) {
  Step({At(.3f, .3f)});
  EXPECT_THAT(Step({At(.3f, .3f)}, milliseconds(-3'600'000)), ElementsAre(1));
  EXPECT_THAT(Step({At(.3f, .3f)}), ElementsAre(1));
  for (int k = 0; k < 5; ++k) {
    EXPECT_TRUE(std::isfinite(tracker_.tracks()[0].box[0]));
    Step({At(.3f, .3f)}, milliseconds(0));
  }
}

TEST_F(TrackerTest, WhateverComesIdsAreDistinctAndTracksBounded) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> unit(0, 1);
  Tracker tracker({.most_tracks = 50});
  for (int round = 0; round < 200; ++round) {
    std::vector<vision::Detection> detections;
    for (int k = 0; k < 60; ++k) detections.push_back(At(unit(random), unit(random), unit(random)));
    now_ += milliseconds(30);
    std::set<int64_t> seen;
    for (const int64_t id : tracker.Update(detections, now_)) {
      EXPECT_TRUE(id == 0 || seen.insert(id).second);
    }
    EXPECT_LE(tracker.tracks().size(), 50u);
  }
}

}  // namespace
}  // namespace brink::camera
