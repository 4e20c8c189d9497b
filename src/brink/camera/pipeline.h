// One camera: frames of a feed, looked at by a detector, reports to the sinks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/camera/detector.h"
#include "brink/camera/feed.h"
#include "brink/camera/sink.h"
#include "brink/camera/stages/events.h"
#include "brink/camera/stages/governor.h"
#include "brink/camera/stages/motion_gate.h"
#include "brink/camera/stages/tracker.h"

namespace brink::camera {

struct PipelineOptions {
  std::string camera;                   // its name in reports and logs
  uint64_t max_frames = 0;              // ends after so many reports; 0: never
  std::optional<MotionOptions> motion;  // only what moves is looked at; nothing: every frame
  bool crop = false;                    // the model looks at what moves, enlarged; needs `motion`
  GovernorOptions governor;
  TrackerOptions tracker;  // its sure_score is the detector's
  Places places;
  std::map<std::string, float> least_scores;  // by label: detections below are passed over
};

// Since the start; for metrics and whoever asks how a camera is.
struct PipelineStatus {
  uint64_t reports = 0;
  uint64_t still = 0;     // of these, frames in which nothing moved
  uint64_t failures = 0;  // frames that could not be looked at
  uint64_t events = 0;
  std::map<std::string, double> held_seconds;  // by reason, for how long the governor held back
  StageTimes total_ms;                         // over all reports
  StageTimes last_ms;
  std::map<std::string, uint64_t> seen;    // by label, how often in all reports
  std::map<std::string, int64_t> present;  // by label, in the last report
  std::map<std::string, int64_t> inside;   // by zone, now
  std::map<std::string, int64_t> forth;    // by line, over it since the start
  std::map<std::string, int64_t> back;
};

class Pipeline {
 public:
  // `feed` and `detector` outlive this.
  Pipeline(Feed& feed, Detector& detector, std::vector<std::unique_ptr<Sink>> sinks,
           PipelineOptions options);

  // Works until the feed ends, `max_frames`, or a sink wants no more. The feed's error, or
  // kDataLoss when it ended in order but not one of its frames could be looked at.
  Status Run();

  PipelineStatus status() const;  // any thread

 private:
  Status Look(Report& report);
  Status Decode(Report& report);
  Status Detect(Report& report);
  bool Hold();
  void Track(Report& report);
  bool Tell(const Report& report);
  void Count(const Report& report);
  void CountFailure(const Error& error);

  Feed& feed_;
  Detector& detector_;
  const std::vector<std::unique_ptr<Sink>> sinks_;
  const PipelineOptions options_;
  std::optional<MotionGate> gate_;
  Governor governor_;
  std::string held_;  // since the last report
  Tracker tracker_;
  EventMaker events_;
  std::vector<bool> sink_failed_;
  Frame frame_;
  vision::Pixels decoded_;                     // of a frame that came encoded
  std::vector<vision::Detection> detections_;  // of the last frame that was looked at
  std::vector<vision::Classification> classifications_;
  double sink_ms_ = 0;
  std::string last_failure_;
  mutable std::mutex mutex_;
  PipelineStatus status_;
};

}  // namespace brink::camera
