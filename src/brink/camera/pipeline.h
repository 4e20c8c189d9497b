// One camera: frames of a feed, looked at by a detector, reports to the sinks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/camera/detector.h"
#include "brink/camera/feed.h"
#include "brink/camera/sink.h"

namespace brink::camera {

struct PipelineOptions {
  std::string camera;       // its name in reports and logs
  uint64_t max_frames = 0;  // ends after so many reports; 0: never
};

class Pipeline {
 public:
  // `feed` and `detector` outlive this.
  Pipeline(Feed& feed, Detector& detector, std::vector<std::unique_ptr<Sink>> sinks,
           PipelineOptions options);

  // Works until the feed ends, `max_frames`, or a sink wants no more. The feed's error, or
  // kDataLoss when it ended in order but not one of its frames could be looked at.
  Status Run();

  uint64_t reports() const { return reports_; }
  uint64_t failures() const { return failures_; }  // frames that could not be looked at

 private:
  Status Look(Report& report);
  Status Decode(Report& report);
  bool Tell(const Report& report);

  Feed& feed_;
  Detector& detector_;
  const std::vector<std::unique_ptr<Sink>> sinks_;
  const PipelineOptions options_;
  std::vector<bool> sink_failed_;
  Frame frame_;
  vision::Pixels decoded_;  // of a frame that came encoded
  double sink_ms_ = 0;
  std::string last_failure_;
  std::atomic<uint64_t> reports_{0};
  std::atomic<uint64_t> failures_{0};
};

}  // namespace brink::camera
