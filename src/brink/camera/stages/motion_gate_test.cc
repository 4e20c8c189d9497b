#include "brink/camera/stages/motion_gate.h"

#include <gtest/gtest.h>

#include <random>

namespace brink::camera {
namespace {

using std::chrono::milliseconds;

struct Thing {
  int left = 0;
  int top = 0;
  int side = 0;
  int level = 230;
};

// A wall with some noise, and things that are put before it.
class MotionGateTest : public testing::Test {
 protected:
  vision::Pixels Scene(const Thing& thing = {}, int light = 0, int width = 320, int height = 180) {
    vision::Pixels pixels{.format = vision::PixelFormat::kI420, .width = width, .height = height};
    pixels.bytes.assign(vision::BytesOf(pixels.format, width, height), 128);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const bool inside = x >= thing.left && x < thing.left + thing.side && y >= thing.top &&
                            y < thing.top + thing.side;
        const int noise = static_cast<int>(random_() % 9) - 4;
        const int level = (inside ? thing.level : 60 + x % 40) + light + noise;
        pixels.bytes[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)] =
            static_cast<uint8_t>(level);
      }
    }
    return pixels;
  }
  bool Opens(const vision::Pixels& pixels, milliseconds passed = milliseconds(100)) {
    now_ += passed;
    return gate_.Opens(pixels.view(), now_);
  }
  std::mt19937 random_{5};
  MotionGate gate_{MotionOptions{.hold = milliseconds(500), .refresh = milliseconds(10'000)}};
  MotionGate::Time now_{std::chrono::hours(500'000)};
};

TEST_F(MotionGateTest, TheFirstPictureIsLookedAtAndAStillSceneIsNot) {
  EXPECT_TRUE(Opens(Scene()));
  for (int k = 0; k < 50; ++k) EXPECT_FALSE(Opens(Scene())) << k;
}

TEST_F(MotionGateTest, SomethingSmallThatComesInOpensAndIsFound) {
  Opens(Scene());
  for (int k = 0; k < 5; ++k) Opens(Scene());
  EXPECT_TRUE(Opens(Scene({.left = 200, .top = 100, .side = 20})));
  const vision::Region& moved = gate_.moved();
  EXPECT_LE(moved.left, 200);
  EXPECT_GE(moved.left + moved.width, 220);
  EXPECT_LE(moved.top, 100);
  EXPECT_GE(moved.top + moved.height, 120);
  EXPECT_LT(moved.width, 60);
}

TEST_F(MotionGateTest, ItStaysOpenForAWhileAndLooksNowAndThenInAnyCase) {
  Opens(Scene());
  Opens(Scene({.left = 200, .top = 100, .side = 20}));
  int open = 0;
  for (int k = 0; k < 20; ++k) open += Opens(Scene()) ? 1 : 0;
  EXPECT_EQ(open, 4);  // until 500 ms have passed
  EXPECT_FALSE(Opens(Scene()));
  EXPECT_TRUE(Opens(Scene(), milliseconds(10'000)));
  EXPECT_FALSE(Opens(Scene()));
}

TEST_F(MotionGateTest, ALampThatIsTurnedOnIsNoMotion) {
  Opens(Scene());
  for (int k = 0; k < 20; ++k) EXPECT_FALSE(Opens(Scene({}, 25))) << k;
}

TEST_F(MotionGateTest, WhatIsPutThereAndStaysBecomesBackground) {
  Opens(Scene());
  const Thing parked{.left = 100, .top = 60, .side = 40, .level = 140};
  EXPECT_TRUE(Opens(Scene(parked)));
  for (int k = 0; k < 400; ++k) Opens(Scene(parked));
  EXPECT_FALSE(Opens(Scene(parked)));
}

TEST_F(MotionGateTest, WhatMovesWhereItIsIgnoredDoesNotCount) {
  MotionGate gate({.ignored = {ParseZone("tree=0,0,0.5,0,0.5,1,0,1").value()}});
  const auto opens = [&](const Thing& thing) {
    now_ += milliseconds(3000);
    return gate.Opens(Scene(thing).view(), now_);
  };
  EXPECT_TRUE(opens({})) << "the first";
  EXPECT_FALSE(opens({.left = 60, .top = 60, .side = 40}));
  EXPECT_TRUE(opens({.left = 220, .top = 60, .side = 40}));
}

TEST_F(MotionGateTest, AnySizeIsFine) {
  for (const auto& [width, height] : {std::pair{1, 1}, {2, 500}, {500, 2}, {33, 65}}) {
    EXPECT_TRUE(Opens(Scene({}, 0, width, height))) << width << "x" << height;
    Opens(Scene({}, 0, width, height));
  }
}

}  // namespace
}  // namespace brink::camera
