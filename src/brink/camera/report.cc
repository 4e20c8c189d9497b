#include "brink/camera/report.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "brink/vision/draw.h"

namespace brink::camera {
namespace {

constexpr int kJpegQuality = 85;

// A float as the shortest number that reads back as it: .9 is 0.9, not 0.8999999761581421.
json::Value Number(float value) {
  std::array<char, json::kMaxDoubleChars> digits{};
  const char* end = json::FormatFloat(digits.data(), value);
  double number = 0;
  std::from_chars(digits.data(), end, number);
  return number;
}

json::Value Milliseconds(double ms) { return std::round(ms * 1000) / 1000; }

json::Value ToJson(const Object& object) {
  json::Array box;
  for (const float edge : object.detection.box) box.push_back(Number(edge));
  json::Object one{{"label", object.detection.label},
                   {"score", Number(object.detection.score)},
                   {"box", std::move(box)}};
  if (object.track != 0) one["track"] = object.track;
  return one;
}

json::Value ToJson(const StageTimes& times) {
  return json::Object{{"capture", Milliseconds(times.capture)},
                      {"decode", Milliseconds(times.decode)},
                      {"gate", Milliseconds(times.gate)},
                      {"preprocess", Milliseconds(times.preprocess)},
                      {"inference", Milliseconds(times.inference)},
                      {"postprocess", Milliseconds(times.postprocess)},
                      {"track", Milliseconds(times.track)},
                      {"sink", Milliseconds(times.sink)}};
}

}  // namespace

std::string TimeText(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  const auto seconds = static_cast<std::time_t>(since.count() / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ",
                static_cast<int>(since.count() % 1000));
  return text.data();
}

Result<const vision::Image*> Report::Annotated() const {
  if (!annotated_) {
    BRINK_ASSIGN(vision::Image image, vision::ToImage(pixels));
    std::vector<vision::Detection> drawn;
    for (const Object& object : objects) {
      drawn.push_back(object.detection);
      if (object.track != 0) drawn.back().label += " #" + std::to_string(object.track);
    }
    vision::DrawDetections(image, drawn);
    vision::DrawClassifications(image, classifications);
    annotated_ = std::move(image);
  }
  return &*annotated_;
}

Result<const std::string*> Report::AnnotatedJpeg() const {
  if (!jpeg_) {
    BRINK_ASSIGN(const vision::Image* image, Annotated());
    BRINK_ASSIGN(jpeg_, vision::EncodeJpeg(*image, kJpegQuality));
  }
  return &*jpeg_;
}

json::Value ToJson(const Report& report) {
  json::Array detections;
  for (const Object& object : report.objects) detections.push_back(ToJson(object));
  json::Object object{
      {"source", report.camera()},
      {"frame", report.frame().number},
      {"time", TimeText(report.frame().time)},
      {"detections", std::move(detections)},
      {"image", json::Object{{"width", report.pixels.width}, {"height", report.pixels.height}}},
      {"dropped", report.dropped},
      {"ms", ToJson(report.times)}};
  if (!report.frame().name.empty()) object["file"] = report.frame().name;
  if (report.still) object["still"] = true;
  json::Array classes;
  for (const auto& one : report.classifications) {
    classes.push_back(json::Object{{"label", one.label}, {"score", Number(one.score)}});
  }
  if (!classes.empty()) object["classifications"] = std::move(classes);
  return object;
}

}  // namespace brink::camera
