// What was found in a frame, on its way to the sinks.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "brink/base/json.h"
#include "brink/camera/frame.h"
#include "brink/camera/stages/events.h"
#include "brink/vision/detection.h"
#include "brink/vision/image.h"

namespace brink::camera {

// Milliseconds that a frame spent in each stage.
struct StageTimes {
  double capture = 0;      // from its first byte to its last
  double decode = 0;       // JPEG or PNG to pixels
  double gate = 0;         // looking for motion
  double preprocess = 0;   // pixels to the input tensor
  double inference = 0;    // waiting for a session, and the model
  double postprocess = 0;  // tensors to boxes
  double track = 0;
  double sink = 0;  // in the sinks, of the frame before
};

struct Stage {
  std::string_view name;
  double StageTimes::*member;
};
inline constexpr std::array<Stage, 8> kStages = {{{"capture", &StageTimes::capture},
                                                  {"decode", &StageTimes::decode},
                                                  {"gate", &StageTimes::gate},
                                                  {"preprocess", &StageTimes::preprocess},
                                                  {"inference", &StageTimes::inference},
                                                  {"postprocess", &StageTimes::postprocess},
                                                  {"track", &StageTimes::track},
                                                  {"sink", &StageTimes::sink}}};
// {"capture": ms, ...}, to the microsecond.
json::Value ToJson(const StageTimes& times);

struct Object {
  vision::Detection detection;
  int64_t track = 0;  // the same number for the same thing in one frame after another; 0: none
};

// Of one frame. Used by one thread; valid while the pipeline holds the frame.
class Report {
 public:
  Report(std::string_view camera, const Frame& frame) : camera_(camera), frame_(frame) {}

  std::vector<Object> objects;
  std::vector<vision::Classification> classifications;
  std::vector<Event> events;
  std::map<std::string, int64_t> inside;  // by zone, how many are in it
  StageTimes times;
  uint64_t dropped = 0;  // frames between the last report's and this
  std::string held;      // why frames were passed over on purpose: "fps", "cpu", "temperature"
  const Places* places = nullptr;  // drawn into the picture
  bool still = false;  // nothing moved, so the model was not asked: objects are the last frame's
  vision::PixelsView pixels;

  std::string_view camera() const { return camera_; }
  const Frame& frame() const { return frame_; }

  // The picture with boxes, labels, numbers of tracks, places and times, made when first asked for.
  Result<const vision::Image*> Annotated() const;
  Result<const std::string*> AnnotatedJpeg() const;

 private:
  const std::string_view camera_;
  const Frame& frame_;
  mutable std::optional<vision::Image> annotated_;
  mutable std::optional<std::string> jpeg_;
};

// {"source", "frame", "time": RFC 3339 in UTC, "detections": [{"label", "score", "box": [xmin,
// ymin, xmax, ymax] relative to the picture, "track"}], "image": {"width", "height"}, "dropped",
// "ms": {"capture", "decode", "gate", "preprocess", "inference", "postprocess", "track", "sink"}};
// "held" where the governor passed over frames;
// "file" for a picture of a folder, "classifications" for a classifier, "still": true where the
// model was not asked, "events" where something happened.
json::Value ToJson(const Report& report);

}  // namespace brink::camera
