#include "brink/camera/stages/governor.h"

#include <gtest/gtest.h>

namespace brink::camera {
namespace {

using std::chrono::milliseconds;

constexpr Governor::Time kStart{std::chrono::hours(1)};

TEST(Governor, WithoutLimitsNothingHolds) {
  Governor governor({}, {});
  governor.Begin(kStart);
  EXPECT_EQ(governor.Until(kStart + milliseconds(5)), kStart + milliseconds(5));
  EXPECT_EQ(governor.reason(), "");
}

TEST(Governor, FramesASecondCountFromOneBeginningToTheNext) {
  Governor governor({.max_fps = 5}, {});
  governor.Begin(kStart);
  EXPECT_EQ(governor.Until(kStart + milliseconds(50)), kStart + milliseconds(200));
  EXPECT_EQ(governor.reason(), "fps");
  governor.Begin(kStart);
  EXPECT_EQ(governor.Until(kStart + milliseconds(300)), kStart + milliseconds(300));
  EXPECT_EQ(governor.reason(), "");
}

TEST(Governor, AFrameThatCostMoreIsFollowedByALongerPause) {
  double spent = 10;
  Governor governor({.max_cpu = 20}, {.cpu_seconds = [&] { return spent; }, .temperature = {}});
  governor.Begin(kStart);
  spent += .04;  // of a core: a fifth of 200 ms
  const auto held = governor.Until(kStart + milliseconds(40)) - kStart;
  EXPECT_NEAR(std::chrono::duration<double>(held).count(), .2, 1e-6);
  EXPECT_EQ(governor.reason(), "cpu");
}

TEST(Governor, HeatHoldsMoreAndMoreAndEasesWhenItIsCool) {
  double temperature = 60;
  Governor governor({.max_temperature = 75},
                    {.cpu_seconds = {}, .temperature = [&] { return temperature; }});
  auto now = kStart;
  const auto pause = [&] {
    now += std::chrono::seconds(2);
    governor.Begin(now);
    return governor.Until(now) - now;
  };
  EXPECT_EQ(pause(), milliseconds(0));
  temperature = 80;
  EXPECT_EQ(pause(), milliseconds(200));
  EXPECT_EQ(pause(), milliseconds(400));
  EXPECT_EQ(governor.reason(), "temperature");
  temperature = 74;
  EXPECT_EQ(pause(), milliseconds(400)) << "near the limit it stays";
  for (int k = 0; k < 20; ++k) {
    temperature = 90;
    pause();
  }
  EXPECT_EQ(pause(), milliseconds(12'800)) << "the longest";
  temperature = 40;
  for (int k = 0; k < 20; ++k) pause();
  EXPECT_EQ(pause(), milliseconds(0));
}

TEST(Governor, TheDevicesGaugesCanBeRead) {
  const Gauges gauges = DeviceGauges();
  EXPECT_GT(gauges.cpu_seconds(), 0);
  EXPECT_LT(gauges.temperature(), 200);
}

}  // namespace
}  // namespace brink::camera
