#include "camera_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::apps {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CameraList, EachCameraIsTheCommonOneWithWhatItsEntrySays) {
  WatchOptions common;
  common.output = "seen";
  common.mqtt = "mqtt://broker";
  const auto cameras = ParseCameraList(
      "cameras:\n"
      "- {name: front door, source: 'rtsp://u:p@10.0.0.5/s', fps: 5, every_frame: true,\n"
      "   zones: {till: [0, 0, 1, 0, 1, 1]}, lines: {gate: '0,0.5,1,0.5'},\n"
      "   min_score: {NoMask: 0.8}, max_fps: 2}\n"
      "- {source: 'rtsp://u:p@10.0.0.6/s', clips: kept, output: other}\n",
      common);
  ASSERT_TRUE(cameras.has_value()) << cameras.error().message;
  ASSERT_EQ(cameras->size(), 2u);
  const WatchOptions& first = cameras->at(0);
  EXPECT_EQ(first.name, "front door");
  EXPECT_EQ(first.feed.fps, 5);
  EXPECT_TRUE(first.every_frame);
  EXPECT_THAT(first.zones, ElementsAre("till=0,0,1,0,1,1"));
  EXPECT_THAT(first.lines, ElementsAre("gate=0,0.5,1,0.5"));
  EXPECT_THAT(first.least_scores, ElementsAre("NoMask=0.8"));
  EXPECT_EQ(first.governor.max_fps, 2);
  EXPECT_EQ(first.output, "seen/front_door");
  EXPECT_EQ(first.mqtt, "mqtt://broker");
  const WatchOptions& second = cameras->at(1);
  EXPECT_EQ(second.name, "rtsp://10.0.0.6/s");
  EXPECT_EQ(second.output, "other");
  EXPECT_EQ(second.clips.folder, "kept");
  EXPECT_FALSE(second.every_frame);
}

TEST(CameraList, EachCameraHasAFilmOfItsOwn) {
  WatchOptions common;
  common.output = "films/seen.avi";
  const auto cameras = ParseCameraList(
      "cameras:\n- {source: a, name: front door}\n- {source: b, name: c}\n", common);
  ASSERT_TRUE(cameras.has_value()) << cameras.error().message;
  EXPECT_EQ(cameras->at(0).output, "films/seen-front_door.avi");
  EXPECT_EQ(cameras->at(1).output, "films/seen-c.avi");
}

std::string ErrorOf(std::string_view yaml) {
  const auto cameras = ParseCameraList(yaml, {});
  return cameras ? "" : cameras.error().message;
}

TEST(CameraList, ErrorsNameTheLineAndTheKey) {
  EXPECT_THAT(ErrorOf("cameras: []\n"), HasSubstr("line 1: cameras: expected a list of 1 to 64"));
  EXPECT_THAT(ErrorOf("cameras:\n- {name: x}\n"),
              HasSubstr("line 2: the key 'cameras.source' is missing"));
  EXPECT_THAT(ErrorOf("cameras:\n- {source: x, fsp: 3}\n"), HasSubstr("'cameras.fsp'"));
  EXPECT_THAT(ErrorOf("cameras:\n- {source: x, fps: 0}\n"), HasSubstr("line 2: cameras.fps"));
  EXPECT_THAT(ErrorOf("cameras:\n- {source: a, name: x}\n- {source: b, name: x}\n"),
              HasSubstr("line 3: cameras: another one is called 'x'"));
  EXPECT_THAT(ErrorOf("cameras:\n- {source: a, zones: [1]}\n"), HasSubstr("a map of names"));
  EXPECT_FALSE(ErrorOf("x: 1\n").empty());
}

}  // namespace
}  // namespace brink::apps
