#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "brink/camera/source.h"

namespace brink::camera {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

class Sources : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("brink_sources_" +
               std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  Result<std::unique_ptr<Source>> Make(const std::string& text) {
    return MakeSource(text, {.every_frame = true, .interrupt = &interrupt_});
  }

  fs::path folder_;
  Interrupt interrupt_;
};

TEST_F(Sources, AFolderGivesItsPicturesByNameAndThenEnds) {
  Put("b.PNG", "second");
  Put("a.jpg", "first");
  Put("notes.txt", "none");
  const auto source = Make(folder_.string()).value();
  EXPECT_FALSE(source->is_live());
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(source->Open().has_value());
    Frame frame;
    std::vector<std::string> seen;
    while (source->Read(frame).value()) seen.push_back(frame.name + "=" + frame.encoded);
    EXPECT_THAT(seen, ElementsAre("a.jpg=first", "b.PNG=second"));
  }
  const auto one = Make((folder_ / "a.jpg").string()).value();
  ASSERT_TRUE(one->Open().has_value());
  Frame frame;
  EXPECT_TRUE(one->Read(frame).value());
  EXPECT_FALSE(one->Read(frame).value());
}

TEST_F(Sources, APictureThatWentAwayIsBrokenAndTheNextIsThere) {
  Put("a.jpg", "first");
  Put("b.jpg", "second");
  const auto source = Make(folder_.string()).value();
  ASSERT_TRUE(source->Open().has_value());
  fs::remove(folder_ / "a.jpg");
  Frame frame;
  EXPECT_EQ(source->Read(frame).error().code, Code::kInvalidArgument);
  EXPECT_TRUE(source->Read(frame).value());
  EXPECT_EQ(frame.encoded, "second");
}

TEST_F(Sources, AFolderWithoutPicturesSaysSo) {
  const auto source = Make(folder_.string()).value();
  EXPECT_THAT(source->Open().error().message, HasSubstr("no JPEG or PNG file in it"));
}

TEST_F(Sources, TheTestPatternMovesAndHasTheSizeThatIsAskedFor) {
  const auto source = Make("test:32x24@1000").value();
  ASSERT_TRUE(source->Open().has_value());
  Frame first;
  Frame second;
  ASSERT_TRUE(source->Read(first).value());
  ASSERT_TRUE(source->Read(second).value());
  EXPECT_EQ(first.pixels.width, 32);
  EXPECT_EQ(first.pixels.height, 24);
  EXPECT_NE(first.pixels.bytes, second.pixels.bytes);
}

TEST_F(Sources, WrongNamesSayWhatCanBeNamed) {
  for (const char* text : {"test:32", "test:0x5", "test:32x24@0", "test:32x24@5x", "test:axb"}) {
    EXPECT_THAT(Make(text).error().message, HasSubstr("expected test:WIDTHxHEIGHT@FPS")) << text;
  }
  EXPECT_THAT(Make("/no/such/thing").error().message, HasSubstr("no such file, folder or device"));
  EXPECT_THAT(Make("gopher://x").error().message, HasSubstr("RTSP"));
}

TEST_F(Sources, CredentialsAreNotShown) {
  EXPECT_EQ(ShownSource("rtsp://me:secret@10.0.0.5:554/a?b=c@d"), "rtsp://10.0.0.5:554/a?b=c@d");
  EXPECT_EQ(ShownSource("rtsp://me:p@ss@host"), "rtsp://host");
  EXPECT_EQ(ShownSource("/films/a@b.mp4"), "/films/a@b.mp4");
  EXPECT_EQ(ShownSource("http://host/x@y"), "http://host/x@y");
}

}  // namespace
}  // namespace brink::camera
