#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "brink/base/file.h"
#include "brink/camera/sinks/avi_file.h"
#include "brink/camera/sinks/avi_testing.h"
#include "brink/camera/sinks/sinks.h"

namespace brink::camera {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

// What the head of an AVI says.
struct Told {
  explicit Told(const std::string& bytes)
      : riff_bytes(NumberAt(bytes, 4)),
        frames(NumberAt(bytes, bytes.find("avih") + 8 + 16)),
        has_index((NumberAt(bytes, bytes.find("avih") + 8 + 12) & 0x10) != 0),
        microseconds(NumberAt(bytes, bytes.find("avih") + 8)),
        width(NumberAt(bytes, bytes.find("avih") + 8 + 32)),
        movie_bytes(NumberAt(bytes, bytes.find("movi") - 4)) {}

  uint32_t riff_bytes;
  uint32_t frames;
  bool has_index;
  uint32_t microseconds;  // a frame
  uint32_t width;
  uint32_t movie_bytes;
};

class FilmTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("brink_film_" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  std::string Bytes(const std::string& name) const {
    return ReadTextFile(Path(name), size_t{1} << 26).value();
  }
  std::set<std::string> Files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.insert(entry.path().filename());
    return names;
  }
  uint64_t BytesOfAll() const {
    uint64_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(folder_)) bytes += entry.file_size();
    return bytes;
  }

  Status Show(Sink& sink, int time_ms, int width = 64, double stored_fps = 0) {
    Frame frame;
    frame.time = std::chrono::system_clock::time_point(std::chrono::hours(1)) +
                 std::chrono::milliseconds(time_ms);
    frame.stored_fps = stored_fps;
    const vision::Image image = vision::MakeImage(width, 48).value();
    Report report("door", frame);
    report.pixels = image;
    return sink.Take(report);
  }

  fs::path folder_;
};

TEST_F(FilmTest, HasEachPictureAtThePaceThatTheyCame) {
  auto sink = MakeFilm(Path("seen.avi"), uint64_t{1} << 30).value();
  for (int k = 0; k < 9; ++k) ASSERT_TRUE(Show(*sink, 250 * k).has_value());
  sink.reset();
  const std::string bytes = Bytes("seen.avi");
  const Told told(bytes);
  EXPECT_EQ(told.riff_bytes, bytes.size() - 8);
  EXPECT_EQ(told.frames, 9u);
  EXPECT_TRUE(told.has_index);
  EXPECT_EQ(told.microseconds, 250'000u);
  EXPECT_EQ(told.width, 64u);
  const size_t movie = bytes.find("movi");
  const size_t index = movie + told.movie_bytes;
  ASSERT_EQ(bytes.substr(index, 4), "idx1");
  EXPECT_EQ(NumberAt(bytes, index + 4), 9 * 16u);
  for (size_t k = 0; k < 9; ++k) {
    const size_t place = movie + NumberAt(bytes, index + 8 + 16 * k + 8);
    EXPECT_EQ(bytes.substr(place, 4), "00dc");
    EXPECT_EQ(NumberAt(bytes, place + 4), NumberAt(bytes, index + 8 + 16 * k + 12));
    EXPECT_EQ(bytes.substr(place + 8, 3), "\xff\xd8\xff");
  }
}

TEST_F(FilmTest, WhatIsStoredKeepsItsPaceAndLongPausesAreCut) {
  auto sink = MakeFilm(Path("stored.avi"), uint64_t{1} << 30).value();
  for (int k = 0; k < 4; ++k) ASSERT_TRUE(Show(*sink, k, 64, 25).has_value());
  sink = MakeFilm(Path("paused.avi"), uint64_t{1} << 30).value();
  for (const int time : {0, 1000, 100'000, 101'000}) ASSERT_TRUE(Show(*sink, time).has_value());
  sink.reset();
  EXPECT_EQ(Told(Bytes("stored.avi")).microseconds, 40'000u);
  EXPECT_NEAR(Told(Bytes("paused.avi")).microseconds, 4e6 / 3, 2000);
}

TEST_F(FilmTest, ShowsItsPicturesBeforeItIsFinished) {
  auto sink = MakeFilm(Path("seen.avi"), uint64_t{1} << 30).value();
  ASSERT_TRUE(Show(*sink, 0).has_value());
  const std::string bytes = Bytes("seen.avi");
  const Told told(bytes);
  EXPECT_EQ(told.frames, 1u);
  EXPECT_FALSE(told.has_index);
  EXPECT_EQ(told.riff_bytes, bytes.size() - 8);
  EXPECT_EQ(bytes.find("movi") + told.movie_bytes, bytes.size());
}

TEST_F(FilmTest, IsBegunAnewWhenItIsLongAndTheOldestGo) {
  auto sink = MakeFilm(Path("seen.avi"), 40'000).value();
  for (int k = 0; k < 200; ++k) {
    ASSERT_TRUE(Show(*sink, 100 * k).has_value());
    EXPECT_LE(BytesOfAll(), 40'000u);
  }
  sink.reset();
  EXPECT_LE(BytesOfAll(), 40'000u);
  EXPECT_GE(BytesOfAll(), 20'000u);
  const auto files = Files();
  EXPECT_EQ(files.count("seen.avi"), 0u) << "the oldest";
  EXPECT_GE(files.size(), 3u);
  for (const std::string& file : files) {
    const std::string bytes = Bytes(file);
    EXPECT_EQ(Told(bytes).riff_bytes, bytes.size() - 8) << file;
    EXPECT_LE(bytes.size(), 10'000u) << file;
  }
}

TEST_F(FilmTest, AnotherSizeOfPictureIsAnotherFile) {
  auto sink = MakeFilm(Path("seen.avi"), uint64_t{1} << 30).value();
  for (const int width : {64, 64, 80, 64}) ASSERT_TRUE(Show(*sink, 0, width).has_value());
  sink.reset();
  EXPECT_THAT(Files(), ElementsAre("seen.2.avi", "seen.3.avi", "seen.avi"));
  EXPECT_EQ(Told(Bytes("seen.2.avi")).width, 80u);
}

TEST_F(FilmTest, WhatIsThereIsNotWrittenOverAndCounts) {
  const std::string old(5000, 'o');
  for (const char* name :
       {"seen.avi", "seen.7.avi", "seen.07.avi", "seen.x.avi", "seen-door.avi"}) {
    ASSERT_TRUE(WriteFile(Path(name), std::as_bytes(std::span(old))).has_value());
  }
  auto sink = MakeFilm(Path("seen.avi"), 20'000).value();
  ASSERT_TRUE(Show(*sink, 0).has_value());
  EXPECT_EQ(Files().count("seen.8.avi"), 1u);
  EXPECT_EQ(Bytes("seen.avi"), old);
  for (int k = 1; k < 60; ++k) ASSERT_TRUE(Show(*sink, k).has_value());
  sink.reset();
  const auto files = Files();
  EXPECT_EQ(files.count("seen.avi") + files.count("seen.7.avi"), 0u);
  for (const char* other : {"seen.07.avi", "seen.x.avi", "seen-door.avi"}) {
    EXPECT_EQ(files.count(other), 1u) << "no part of the film: " << other;
  }
}

TEST_F(FilmTest, WhatCannotBeIsSaid) {
  EXPECT_EQ(MakeFilm(Path("no/seen.avi"), 1000).error().code, Code::kNotFound);
  auto sink = MakeFilm(Path("seen.avi"), 300).value();
  const Status tight = Show(*sink, 0);
  ASSERT_FALSE(tight);
  EXPECT_THAT(tight.error().message, HasSubstr("the limit for all is 300"));
  sink.reset();
  EXPECT_TRUE(Files().empty());
}

TEST_F(FilmTest, WithoutRoomOnTheDiskItStaysWhatItWas) {
  std::signal(SIGXFSZ, SIG_IGN);
  auto file = AviFile::Create(Path("seen.avi"), 64, 48).value();
  ASSERT_TRUE(file->Add("first picture", 5).has_value());
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit tight{1000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const Status refused = file->Add(std::string(5000, 'p'), 5);
  const Status fits = file->Add("second picture", 5);
  const Status index = [&] {
    const rlimit none{static_cast<rlim_t>(file->bytes() - 20), before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    return file->Finish();
  }();
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
  EXPECT_TRUE(fits.has_value());
  EXPECT_FALSE(index.has_value());
  const std::string bytes = Bytes("seen.avi");
  const Told told(bytes);
  EXPECT_EQ(told.frames, 2u);
  EXPECT_FALSE(told.has_index);
  EXPECT_EQ(told.riff_bytes, bytes.size() - 8);
  EXPECT_TRUE(bytes.ends_with("second picture"));
}

}  // namespace
}  // namespace brink::camera
