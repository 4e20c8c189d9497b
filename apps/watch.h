// One camera of this process: its source, stages and sinks, from what the user said.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/camera/detector.h"
#include "brink/camera/feed.h"
#include "brink/camera/live/live_board.h"
#include "brink/camera/pipeline.h"
#include "brink/camera/sinks/sinks.h"
#include "brink/metrics/metrics.h"

namespace brink::apps {

struct WatchOptions {
  std::string source;
  std::string name;  // empty: the source, without credentials
  bool once = false;
  double stall_seconds = 10;
  uint64_t max_frames = 0;
  camera::SourceOptions feed;  // size, rate, decoder

  bool every_frame = false;  // no motion gate
  std::vector<std::string> zones;
  std::vector<std::string> lines;
  std::vector<std::string> ignored;       // areas whose motion does not count
  std::vector<std::string> least_scores;  // "LABEL=SCORE"
  double dwell_seconds = 0;
  bool crop = false;
  camera::GovernorOptions governor;

  bool no_images = false;  // pictures leave the pipeline by no sink
  std::string jsonl;
  std::shared_ptr<std::mutex> jsonl_turn;  // where several cameras write to one file
  std::string output;
  uint64_t output_bytes = uint64_t{1} << 30;
  camera::ClipOptions clips;  // no folder: none
  std::string mqtt;
  std::string webhook;
  std::string webhook_secret;
  std::string spool;  // a folder
  std::string ca_file;
  camera::LiveBoard* board = nullptr;  // shows it; outlives the Watch
};

class Watch {
 public:
  // Checks and opens everything but the camera itself, so that what is wrong is known before a
  // model is loaded. `labels` are the model's, for those who are told of counts.
  static Result<std::unique_ptr<Watch>> Open(const WatchOptions& options,
                                             const std::vector<std::string>& labels);
  ~Watch();  // as Stop

  // Once. `detector` outlives this; `on_end` is called from another thread when the camera ends by
  // itself.
  void Start(camera::Detector& detector, std::function<void()> on_end);
  // Ends it and waits. Why it ended by itself, if it did for a reason.
  Status Stop();

  const std::string& name() const;
  camera::FeedStatus feed_status() const;
  camera::PipelineStatus pipeline_status() const;
  // brink_camera_*, labelled with its name.
  std::vector<metrics::Sample> Samples() const;

 private:
  struct Impl;
  explicit Watch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::apps
