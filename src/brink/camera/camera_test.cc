#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "brink/base/file.h"
#include "brink/camera/detector.h"
#include "brink/camera/ring_folder.h"
#include "brink/camera/sinks/sinks.h"
#include "brink/camera/words.h"

namespace brink::camera {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

fs::path FreshFolder() {
  fs::path folder = fs::path(testing::TempDir()) /
                    ("brink_camera_" +
                     std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
  fs::remove_all(folder);
  return folder;
}

std::vector<std::string> Names(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

Status Put(RingFolder& folder, const std::string& name, size_t bytes) {
  return folder.Write(name, std::vector<std::byte>(bytes));
}

TEST(RingFolder, TheOldestGoesWhenTheLimitIsReached) {
  const fs::path path = FreshFolder();
  RingFolder folder = RingFolder::Open(path, 100).value();
  ASSERT_TRUE(Put(folder, "c.jpg", 40).has_value());
  ASSERT_TRUE(Put(folder, "a.jpg", 40).has_value());
  EXPECT_EQ(folder.bytes(), 80u);
  ASSERT_TRUE(Put(folder, "b.jpg", 40).has_value());
  EXPECT_THAT(Names(path), ElementsAre("a.jpg", "b.jpg"));
  ASSERT_TRUE(Put(folder, "a.jpg", 10).has_value());
  EXPECT_EQ(folder.bytes(), 50u);
  EXPECT_THAT(Put(folder, "d.jpg", 101).error().message, HasSubstr("the folder's limit is 100"));
}

TEST(RingFolder, CountsWhatWasThereBeforeAndLeavesOtherFilesAlone) {
  const fs::path path = FreshFolder();
  {
    RingFolder folder = RingFolder::Open(path, 100).value();
    ASSERT_TRUE(Put(folder, "a.jpg", 60).has_value());
  }
  std::ofstream(path / "notes.txt") << std::string(500, 'x');
  RingFolder folder = RingFolder::Open(path, 100).value();
  EXPECT_EQ(folder.bytes(), 60u);
  ASSERT_TRUE(Put(folder, "b.jpg", 60).has_value());
  EXPECT_THAT(Names(path), ElementsAre("b.jpg", "notes.txt"));
}

struct Made {
  Frame frame{.number = 7,
              .name = "",
              .pixels = {.width = 40, .height = 30, .bytes = std::vector<uint8_t>(3600, 90)}};
  Report report{"door", frame};
  Made() {
    report.pixels = frame.pixels.view();
    report.objects.push_back({{.label = "Mask", .score = .5f, .box = {.1f, .1f, .9f, .9f}}, 3});
  }
};

TEST(Pictures, AreAnnotatedAndNamedByTheirNumber) {
  const fs::path path = FreshFolder();
  const auto sink = MakePictures(path, 1 << 20).value();
  const Made made;
  ASSERT_TRUE(sink->Take(made.report).has_value());
  EXPECT_THAT(Names(path), ElementsAre("00000007.jpg"));
  const auto image = vision::DecodeImage(ReadFile(path / "00000007.jpg", 1 << 20).value()).value();
  EXPECT_EQ(image.width, 40);
  const uint8_t* inside = &image.rgb[(15 * 40 + 20) * 3];
  EXPECT_NEAR(inside[0], 90, 4);
  const uint8_t* edge = &image.rgb[(20 * 40 + 4) * 3];  // left edge of the box, green
  EXPECT_GT(edge[1], edge[0] + 60);
}

TEST(Pictures, OneFileIsAlwaysTheNewest) {
  const fs::path path = FreshFolder();
  fs::create_directories(path);
  const Made made;
  for (const char* name : {"now.jpg", "now.png"}) {
    const auto sink = MakePictures(path / name, 0).value();
    ASSERT_TRUE(sink->Take(made.report).has_value());
    EXPECT_TRUE(vision::DecodeImage(ReadFile(path / name, 1 << 20).value()).has_value());
  }
}

TEST(JsonLines, AreAppended) {
  const fs::path path = FreshFolder();
  fs::create_directories(path);
  const std::string file = path / "seen.jsonl";
  const Made made;
  for (int round = 0; round < 2; ++round) {
    const auto sink = MakeJsonLines(file).value();
    ASSERT_TRUE(sink->Take(made.report).has_value());
  }
  const std::string text = ReadTextFile(file, 1 << 20).value();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_THAT(text, HasSubstr(R"("label":"Mask","score":0.5,"track":3)"));
  EXPECT_THAT(MakeJsonLines(path / "no" / "file").error().message, HasSubstr("cannot open"));
}

TEST(Report, TimesAreRfc3339) {
  const auto time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1769862605007));
  EXPECT_EQ(TimeText(time), "2026-01-31T12:30:05.007Z");
}

class FakePredictor final : public api::Predictor {
 public:
  explicit FakePredictor(std::string_view answer) : answer_(json::Parse(answer).value()) {}
  void Predict(api::InferRequest request, api::Context, Callback done) override {
    const auto& bytes = std::get<api::Bytes>(request.message.payload).bytes;
    EXPECT_TRUE(vision::DecodeImage(std::as_bytes(std::span(bytes))).has_value());
    api::InferResponse response;
    response.message.payload = answer_;
    done(std::move(response));
  }
  api::ModelDescription Describe() const override { return {}; }

 private:
  const json::Value answer_;
};

Result<Found> Ask(std::string_view answer) {
  FakePredictor predictor(answer);
  const Made made;
  return MakePredictorDetector(predictor)->Detect(made.report.pixels);
}

TEST(PredictorDetector, ReadsWhatACardPredictorAnswers) {
  const Found found =
      Ask(R"({"detections":[{"label":"a","score":0.5,"box":[0,0.25,0.5,1]}]})").value();
  ASSERT_EQ(found.detections.size(), 1u);
  EXPECT_EQ(found.detections[0].label, "a");
  EXPECT_EQ(found.detections[0].box[1], .25f);
  EXPECT_EQ(Ask(R"({"classifications":[{"label":"3","score":1}]})").value().classifications.size(),
            1u);
}

TEST(PredictorDetector, SaysWhatDoesNotFit) {
  for (const char* answer :
       {"{}", "[]", R"({"detections":[{"label":"a","score":0.5,"box":[0,0]}]})",
        R"({"detections":[{"label":"a","score":"high","box":[0,0,1,1]}]})",
        R"({"detections":[{"score":0.5,"box":[0,0,1,1]}]})", R"({"detections":3})"}) {
    const auto found = Ask(answer);
    ASSERT_FALSE(found.has_value()) << answer;
    EXPECT_THAT(found.error().message, HasSubstr("the predictor's answer")) << answer;
  }
}

}  // namespace
}  // namespace brink::camera
