#include "brink/camera/report.h"

#include <cmath>
#include <cstdio>

#include "brink/camera/words.h"
#include "brink/vision/draw.h"

namespace brink::camera {
namespace {

constexpr int kJpegQuality = 85;

// "decode 4.1  inference 14.2 ms": the stages that took time.
std::string TimesText(const StageTimes& times) {
  std::string text;
  for (const Stage& stage : kStages) {
    std::array<char, 32> digits{};
    const double ms = times.*(stage.member);
    if (!(ms >= .05)) continue;
    std::snprintf(digits.data(), digits.size(), " %.1f  ", ms);
    text += std::string(stage.name) + digits.data();
  }
  return text + "ms";
}

json::Value ToJson(const Object& object) {
  json::Array box;
  for (const float edge : object.detection.box) box.push_back(ShortNumber(edge));
  json::Object one{{"label", object.detection.label},
                   {"score", ShortNumber(object.detection.score)},
                   {"box", std::move(box)}};
  if (object.track != 0) one["track"] = object.track;
  return one;
}

}  // namespace

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
    if (places != nullptr) {
      for (const Zone& zone : places->zones) DrawPath(image, zone.corners, true, zone.name);
      for (const Line& line : places->lines) {
        DrawPath(image, std::array<Point, 2>{line.from, line.to}, false, line.name);
      }
      vision::DrawFooter(image, TimesText(times));
    }
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

json::Value ToJson(const StageTimes& times) {
  json::Object object;
  for (const Stage& stage : kStages) {
    object[std::string(stage.name)] = std::round(times.*(stage.member) * 1000) / 1000;
  }
  return object;
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
  if (!report.held.empty()) object["held"] = report.held;
  json::Array events;
  for (const Event& event : report.events) events.push_back(ToJson(event));
  if (!events.empty()) object["events"] = std::move(events);
  json::Array classes;
  for (const auto& one : report.classifications) {
    classes.push_back(json::Object{{"label", one.label}, {"score", ShortNumber(one.score)}});
  }
  if (!classes.empty()) object["classifications"] = std::move(classes);
  return object;
}

}  // namespace brink::camera
