#include "watch_samples.h"

namespace brink::apps {
namespace {

using metrics::Sample;

class Samples {
 public:
  explicit Samples(std::string camera) : camera_(std::move(camera)) {}

  void Add(std::string name, std::string help, double value, Sample::Kind kind,
           const std::string& label = "", const std::string& label_value = "") {
    Sample sample{.name = "brink_camera_" + std::move(name),
                  .help = std::move(help),
                  .value = value,
                  .kind = kind,
                  .labels = {{"camera", camera_}}};
    if (!label.empty()) sample.labels[label] = label_value;
    samples_.push_back(std::move(sample));
  }
  std::vector<Sample> Take() { return std::move(samples_); }

 private:
  const std::string camera_;
  std::vector<Sample> samples_;
};

constexpr auto kCounter = Sample::Kind::kCounter;
constexpr auto kGauge = Sample::Kind::kGauge;

void AddFrames(Samples& samples, const camera::FeedStatus& feed,
               const camera::PipelineStatus& pipeline) {
  const auto count = [&](const char* name, const char* help, uint64_t value) {
    samples.Add(name, help, static_cast<double>(value), kCounter);
  };
  samples.Add("up", "Whether frames come from the camera",
              feed.state == camera::FeedState::kRunning ? 1 : 0, kGauge);
  count("frames_total", "Frames that came from the camera", feed.frames);
  count("dropped_total", "Frames that came and were too old when the model was free", feed.dropped);
  count("broken_total", "Frames that could not be read or looked at",
        feed.broken + pipeline.failures);
  count("reconnects_total", "Times that the camera was opened again", feed.reconnects);
  count("reports_total", "Frames that were told of", pipeline.reports);
  count("still_total", "Frames in which nothing moved", pipeline.still);
  count("events_total", "Events", pipeline.events);
  for (const auto& [reason, seconds] : pipeline.held_seconds) {
    samples.Add("held_seconds_total", "Time for which frames were passed over on purpose", seconds,
                kCounter, "by", reason);
  }
  for (const camera::Stage& stage : camera::kStages) {
    samples.Add("stage_seconds_total", "Time that frames spent in each stage",
                pipeline.total_ms.*(stage.member) / 1000, kCounter, "stage",
                std::string(stage.name));
  }
}

void AddPlaces(Samples& samples, const camera::PipelineStatus& pipeline) {
  for (const auto& [zone, number] : pipeline.inside) {
    samples.Add("zone_present", "How many are in a zone", static_cast<double>(number), kGauge,
                "zone", zone);
  }
  for (const auto& [line, number] : pipeline.forth) {
    samples.Add("line_forth_total", "How many went forth over a line", static_cast<double>(number),
                kCounter, "line", line);
  }
  for (const auto& [line, number] : pipeline.back) {
    samples.Add("line_back_total", "How many went back over a line", static_cast<double>(number),
                kCounter, "line", line);
  }
}

}  // namespace

std::vector<Sample> CameraSamples(const std::string& camera, const camera::FeedStatus& feed,
                                  const camera::PipelineStatus& pipeline) {
  Samples samples(camera);
  AddFrames(samples, feed, pipeline);
  for (const auto& [label, number] : pipeline.seen) {
    samples.Add("detections_total", "Detections in all frames", static_cast<double>(number),
                kCounter, "label", label);
    const auto now = pipeline.present.find(label);
    samples.Add("present", "Detections in the last frame",
                now == pipeline.present.end() ? 0 : static_cast<double>(now->second), kGauge,
                "label", label);
  }
  AddPlaces(samples, pipeline);
  return samples.Take();
}

}  // namespace brink::apps
