#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "brink/base/file.h"
#include "brink/camera/sinks/avi.h"
#include "brink/camera/sinks/avi_testing.h"
#include "brink/camera/sinks/sinks.h"

namespace brink::camera {
namespace {

using testing::UnorderedElementsAre;
namespace fs = std::filesystem;

size_t CountOf(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Avi, HasEachPictureAndAnIndexThatFindsIt) {
  const std::vector<std::string> jpegs = {"odd", "even", "x"};
  const std::string avi = MakeAvi(jpegs, {.width = 64, .height = 48, .fps = 5}).value();
  EXPECT_EQ(avi.substr(0, 4), "RIFF");
  EXPECT_EQ(NumberAt(avi, 4), avi.size() - 8);
  const size_t movie = avi.find("movi");
  const size_t index = avi.find("idx1") + 8;
  for (size_t k = 0; k < jpegs.size(); ++k) {
    const size_t place = movie + NumberAt(avi, index + 16 * k + 8);
    EXPECT_EQ(avi.substr(place, 4), "00dc");
    EXPECT_EQ(NumberAt(avi, place + 4), jpegs[k].size());
    EXPECT_EQ(avi.substr(place + 8, jpegs[k].size()), jpegs[k]);
  }
  EXPECT_EQ(NumberAt(avi, avi.find("avih") + 8), 200'000u) << "microseconds a frame";
}

// A camera that shows something in frames 10 to 14 of 40, ten frames a second.
class ClipsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("brink_clips_" + std::to_string(getpid()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Show(Sink& sink, int number) {
    Frame frame;
    frame.number = static_cast<uint64_t>(number);
    frame.time = Time(std::chrono::hours(1)) + std::chrono::milliseconds(100 * number);
    const vision::Image image = vision::MakeImage(1280, 720).value();
    Report report("door/1", frame);
    report.pixels = image;
    if (number >= 10 && number < 15)
      report.objects.push_back({{.label = "a", .box = {0, 0, 1, 1}}, 1});
    if (number == 10) report.events.push_back({.camera = "door/1", .track = 1, .id = "door/1-7-1"});
    if (number == 12) report.events.push_back({.camera = "door/1", .track = 2, .id = "door/1-8-2"});
    ASSERT_TRUE(sink.Take(report).has_value());
  }
  std::set<std::string> Files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.insert(entry.path().filename());
    return names;
  }
  using Time = std::chrono::system_clock::time_point;
  fs::path folder_;
};

TEST_F(ClipsTest, AClipBeginsBeforeItsEventAndEndsAfterIt) {
  auto sink = MakeClips({.folder = folder_.string(),
                         .pre_roll = std::chrono::milliseconds(500),
                         .post_roll = std::chrono::milliseconds(400)})
                  .value();
  for (int k = 0; k < 40; ++k) {
    Show(*sink, k);
    if (k == 17) {
      EXPECT_EQ(Files().count("door_1-7-1.avi"), 0u) << "it goes on";
    }
  }
  EXPECT_THAT(Files(), UnorderedElementsAre("door_1-7-1.jpg", "door_1-8-2.jpg", "door_1-7-1.avi"));
  const auto bytes = ReadTextFile((folder_ / "door_1-7-1.avi").string(), 1 << 24).value();
  // Five a second, of 0.5 s before to 0.4 s after the last frame that showed it: 0.6 to 1.8 s.
  const size_t pictures = CountOf(bytes, "00dc") / 2;
  EXPECT_GE(pictures, 6u);
  EXPECT_LE(pictures, 8u);
  EXPECT_EQ(NumberAt(bytes, bytes.find("avih") + 8 + 32), 640u) << "shrunk";
}

TEST_F(ClipsTest, WhatIsInTheMakingIsWrittenAtTheEnd) {
  auto sink = MakeClips({.folder = folder_.string()}).value();
  for (int k = 0; k < 12; ++k) Show(*sink, k);
  EXPECT_EQ(Files().count("door_1-7-1.avi"), 0u);
  sink.reset();
  EXPECT_EQ(Files().count("door_1-7-1.avi"), 1u);
}

TEST_F(ClipsTest, TheFolderStaysWithinItsBytes) {
  auto sink = MakeClips({.folder = folder_.string(), .limit_bytes = 60'000}).value();
  for (int k = 0; k < 40; ++k) Show(*sink, k);
  sink.reset();
  uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder_)) bytes += entry.file_size();
  EXPECT_LE(bytes, 60'000u);
}

}  // namespace
}  // namespace brink::camera
