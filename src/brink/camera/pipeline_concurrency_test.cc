#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/camera/pipeline.h"
#include "brink/camera/scripted_source.h"

namespace brink::camera {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Finds one box, as wide as the picture's first sample says; fails for a sample of 0.
class FakeDetector final : public Detector {
 public:
  Result<Found> Detect(const vision::PixelsView& picture) override {
    const float width = static_cast<float>(picture.At(0, 0, 0)) / 100;
    if (width == 0) return Fail(Code::kUnavailable, "no light");
    return Found{.detections = {{.label = "Mask", .score = .9f, .box = {0, 0, width, 1}}},
                 .inference_ms = 5};
  }
};

class Collect final : public Sink {
 public:
  Collect(std::vector<std::string>& lines, size_t wanted, bool any_time = false)
      : lines_(lines), wanted_(wanted), any_time_(any_time) {}
  Status Take(const Report& report) override {
    json::Value value = ToJson(report);
    auto& object = *value.get<json::Object>();
    const double inference_ms = object.at("ms").Find("inference")->ToDouble();
    EXPECT_TRUE(any_time_ || inference_ms == 5) << inference_ms;
    object.erase("time");
    if (object.count("events") > 0) object["events"] = "told";
    object.erase("ms");
    lines_.push_back(json::Write(value));
    if (lines_.size() == wanted_) return Fail(Code::kCancelled, "enough");
    return {};
  }
  std::string name() const override { return "collect"; }

 private:
  std::vector<std::string>& lines_;
  const size_t wanted_;
  const bool any_time_;
};

// Grey pictures of one pixel.
ScriptedSource::Step Samples(std::vector<uint8_t> samples) {
  return [next = size_t{0}, samples = std::move(samples)](Frame& frame) mutable -> Result<bool> {
    if (next == samples.size()) return false;
    const uint8_t sample = samples[next++];
    frame.pixels = {.width = 1, .height = 1, .bytes = {sample, sample, sample}};
    return true;
  };
}

struct Outcome {
  Status status;
  std::vector<std::string> lines;
  uint64_t failures = 0;
};

Outcome RunOver(ScriptedSource::Step step, size_t wanted = 0, uint64_t max_frames = 0) {
  Outcome outcome;
  Interrupt interrupt;
  Feed feed(std::make_unique<ScriptedSource>(false, std::move(step)), interrupt,
            {.until_end = true});
  FakeDetector detector;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<Collect>(outcome.lines, wanted));
  Pipeline pipeline(feed, detector, std::move(sinks), {.camera = "door", .max_frames = max_frames});
  outcome.status = pipeline.Run();
  outcome.failures = pipeline.status().failures;
  return outcome;
}

TEST(Pipeline, EachFrameBecomesALineWithWhatWasFound) {
  const Outcome outcome = RunOver(Samples({20, 0, 50}));
  EXPECT_TRUE(outcome.status.has_value());
  EXPECT_EQ(outcome.failures, 1u);
  EXPECT_THAT(
      outcome.lines,
      ElementsAre(
          R"({"detections":[{"box":[0.0,0.0,0.2,1.0],"label":"Mask","score":0.9,"track":1}],)"
          R"("dropped":0,"frame":0,"image":{"height":1,"width":1},"source":"door"})",
          R"({"detections":[{"box":[0.0,0.0,0.5,1.0],"label":"Mask","score":0.9,"track":1}],)"
          R"("dropped":0,"events":"told","frame":2,"image":{"height":1,"width":1},"source":"door"})"));
}

TEST(Pipeline, WhereNothingMovesTheModelIsNotAskedAndWhatWasSeenStays) {
  Interrupt interrupt;
  Feed feed(std::make_unique<ScriptedSource>(false, Samples({30, 30, 30, 90})), interrupt,
            {.until_end = true});
  FakeDetector detector;
  std::vector<std::string> lines;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<Collect>(lines, 0, true));
  Pipeline pipeline(feed, detector, std::move(sinks),
                    {.camera = "door", .motion = MotionOptions{.refresh = {}}});
  ASSERT_TRUE(pipeline.Run().has_value());
  EXPECT_EQ(pipeline.status().reports, 4u);
  EXPECT_EQ(pipeline.status().still, 3u) << "one pixel's change is the light's";
  EXPECT_EQ(pipeline.status().present.at("Mask"), 1);
  EXPECT_EQ(pipeline.status().seen.at("Mask"), 1u);
  EXPECT_THAT(lines[2], HasSubstr(R"("still":true)"));
  EXPECT_THAT(lines[2], HasSubstr(R"("box":[0.0,0.0,0.3,1.0])"));
}

TEST(Pipeline, ALabelsLeastScoreAndUnsureDetectionsAreKeptOut) {
  class Unsure final : public Detector {
   public:
    Result<Found> Detect(const vision::PixelsView&) override {
      return Found{.detections = {{.label = "a", .score = .9f, .box = {0, 0, .2f, .2f}},
                                  {.label = "b", .score = .7f, .box = {.4f, 0, .6f, .2f}},
                                  {.label = "a", .score = .3f, .box = {.8f, 0, 1, .2f}}},
                   .inference_ms = 5};
    }
    float sure_score() const override { return .5f; }
  };
  Interrupt interrupt;
  Feed feed(std::make_unique<ScriptedSource>(false, Samples({1})), interrupt, {.until_end = true});
  Unsure detector;
  std::vector<std::string> lines;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<Collect>(lines, 0));
  Pipeline pipeline(feed, detector, std::move(sinks),
                    {.camera = "door", .least_scores = {{"b", .8f}}});
  ASSERT_TRUE(pipeline.Run().has_value());
  EXPECT_THAT(lines.at(0), HasSubstr(R"("detections":[{"box":[0.0,0.0,0.2,0.2],"label":"a",)"
                                     R"("score":0.9,"track":1}],)"));
}

// Sees one thing in the middle of whatever it is shown, and remembers how large that was.
class Sizes final : public Detector {
 public:
  Result<Found> Detect(const vision::PixelsView& picture) override {
    widths.push_back(picture.width);
    return Found{.detections = {{.label = "a", .score = .9f, .box = {.4f, .4f, .6f, .6f}}}};
  }
  std::vector<int> widths;
};

TEST(Pipeline, WithCropTheModelIsShownWhatMovesAndItsBoxesAreThePictures) {
  // Something in the lower right corner of the third frame.
  auto step = [next = 0](Frame& frame) mutable -> Result<bool> {
    frame.time = std::chrono::system_clock::time_point(std::chrono::seconds(1000 + next));
    frame.pixels = {.format = vision::PixelFormat::kRgb, .width = 128, .height = 128};
    frame.pixels.bytes.assign(128 * 128 * 3, 50);
    for (size_t y = 112; next == 2 && y < 128; ++y) {
      std::fill_n(frame.pixels.bytes.begin() + static_cast<std::ptrdiff_t>((y * 128 + 112) * 3), 48,
                  uint8_t{200});
    }
    return next++ < 3;
  };
  Interrupt interrupt;
  Feed feed(std::make_unique<ScriptedSource>(false, step), interrupt, {.until_end = true});
  Sizes detector;
  std::vector<std::string> lines;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<Collect>(lines, 0, true));
  Pipeline pipeline(feed, detector, std::move(sinks),
                    {.camera = "door", .motion = MotionOptions{.refresh = {}}, .crop = true});
  ASSERT_TRUE(pipeline.Run().has_value());
  EXPECT_THAT(detector.widths, ElementsAre(128, 32));
  EXPECT_THAT(lines.at(2), HasSubstr(R"("box":[0.85,0.85,0.9,0.9])"));
  EXPECT_THAT(lines.at(2), HasSubstr(R"("box":[0.4,0.4,0.6,0.6])")) << "what did not move";
}

TEST(Pipeline, TheGovernorHoldsFramesBackAndSaysWhy) {
  Interrupt interrupt;
  Feed feed(std::make_unique<ScriptedSource>(false, Samples({1, 2, 3})), interrupt,
            {.until_end = true});
  FakeDetector detector;
  std::vector<std::string> lines;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<Collect>(lines, 0, true));
  Pipeline pipeline(feed, detector, std::move(sinks),
                    {.camera = "door", .governor = {.max_fps = 500}});
  ASSERT_TRUE(pipeline.Run().has_value());
  EXPECT_EQ(lines.size(), 3u);
  EXPECT_EQ(pipeline.status().held_seconds.count("fps"), 1u);
}

TEST(Pipeline, EndsWhenASinkWantsNoMoreOrEnoughFramesWereSeen) {
  EXPECT_EQ(RunOver(Samples({1, 2, 3, 4}), 2).lines.size(), 2u);
  EXPECT_EQ(RunOver(Samples({1, 2, 3, 4}), 0, 3).lines.size(), 3u);
}

TEST(Pipeline, AFilmOfWhichNothingCouldBeSeenIsAnError) {
  EXPECT_EQ(RunOver(Samples({0, 0})).status.error().message, "no light");
  EXPECT_TRUE(RunOver(Samples({})).status.has_value());
}

TEST(Pipeline, PicturesAreDecodedAndBrokenOnesNamed) {
  const std::string png = vision::EncodePng({.width = 1, .height = 1, .rgb = {30, 30, 30}}).value();
  auto step = [next = 0, png](Frame& frame) mutable -> Result<bool> {
    frame.name = std::to_string(next) + ".png";
    frame.encoded = next == 0 ? png : "nonsense";
    return next++ < 2;
  };
  const Outcome outcome = RunOver(step);
  EXPECT_EQ(outcome.failures, 1u);
  ASSERT_EQ(outcome.lines.size(), 1u);
  EXPECT_THAT(outcome.lines[0], HasSubstr(R"("file":"0.png")"));
}

}  // namespace
}  // namespace brink::camera
