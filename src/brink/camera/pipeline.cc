#include "brink/camera/pipeline.h"

#include <span>
#include <utility>

#include "brink/base/log.h"
#include "brink/camera/stages/crop.h"

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

TrackerOptions WithSureScore(TrackerOptions options, float sure_score) {
  options.sure_score = sure_score;
  return options;
}

}  // namespace

Pipeline::Pipeline(Feed& feed, Detector& detector, std::vector<std::unique_ptr<Sink>> sinks,
                   PipelineOptions options)
    : feed_(feed),
      detector_(detector),
      sinks_(std::move(sinks)),
      options_(std::move(options)),
      governor_(options_.governor, DeviceGauges()),
      tracker_(WithSureScore(options_.tracker, detector.sure_score())),
      events_(options_.camera, options_.places),
      sink_failed_(sinks_.size(), false) {
  if (options_.motion) gate_.emplace(*options_.motion);
}

PipelineStatus Pipeline::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

Status Pipeline::Decode(Report& report) {
  const auto started = Clock::now();
  if (!frame_.encoded.empty()) {
    BRINK_ASSIGN(vision::Image image,
                 vision::DecodeImage(std::as_bytes(std::span(frame_.encoded))));
    decoded_ = vision::FromImage(std::move(image));
  }
  report.pixels = frame_.encoded.empty() ? frame_.pixels.view() : decoded_.view();
  report.times.decode = MillisecondsSince(started);
  return {};
}

Status Pipeline::Detect(Report& report) {
  const int width = report.pixels.width;
  const int height = report.pixels.height;
  std::optional<vision::Region> part;
  if (options_.crop && gate_) part = CropAround(gate_->moved(), width, height);
  BRINK_ASSIGN(Found found,
               detector_.Detect(part ? vision::Crop(report.pixels, *part) : report.pixels));
  if (part) {
    found.detections = JoinCropped(std::move(found.detections), *part, width, height, detections_);
  }
  report.times.preprocess = found.preprocess_ms;
  report.times.inference = found.inference_ms;
  report.times.postprocess = found.postprocess_ms;
  detections_ = std::move(found.detections);
  classifications_ = std::move(found.classifications);
  std::erase_if(detections_, [this](const vision::Detection& one) {
    const auto least = options_.least_scores.find(one.label);
    return least != options_.least_scores.end() && one.score < least->second;
  });
  return {};
}

void Pipeline::Track(Report& report) {
  const auto started = Clock::now();
  const auto ids = tracker_.Update(detections_, frame_.time);
  for (size_t k = 0; k < detections_.size(); ++k) {
    if (detections_[k].score > detector_.sure_score()) {
      report.objects.push_back({detections_[k], ids[k]});
    }
  }
  report.classifications = classifications_;
  report.events = events_.Update(tracker_, frame_.time);
  report.inside = events_.Inside();
  report.times.track = MillisecondsSince(started);
}

Status Pipeline::Look(Report& report) {
  BRINK_TRY(Decode(report));
  const auto started = Clock::now();
  report.still = gate_ && !gate_->Opens(report.pixels, frame_.time);
  report.times.gate = MillisecondsSince(started);
  // Where nothing moved everything is still where it was.
  if (!report.still) BRINK_TRY(Detect(report));
  Track(report);
  return {};
}

void Pipeline::Count(const Report& report) {
  const std::lock_guard lock(mutex_);
  ++status_.reports;
  status_.still += report.still ? 1 : 0;
  status_.events += report.events.size();
  status_.last_ms = report.times;
  StageTimes& total = status_.total_ms;
  for (const auto stage : kStages) total.*(stage.member) += report.times.*(stage.member);
  status_.present.clear();
  for (const Object& object : report.objects) {
    ++status_.present[object.detection.label];
    if (!report.still) ++status_.seen[object.detection.label];
  }
  status_.inside = report.inside;
  status_.forth = events_.forth();
  status_.back = events_.back();
}

void Pipeline::CountFailure(const Error& error) {
  last_failure_ = (frame_.name.empty() ? "" : frame_.name + ": ") + error.message;
  log::Warn("frame failed",
            {{"camera", options_.camera}, {"frame", frame_.number}, {"error", last_failure_}});
  const std::lock_guard lock(mutex_);
  ++status_.failures;
}

bool Pipeline::Tell(const Report& report) {
  const auto started = Clock::now();
  bool wanted = true;
  for (size_t k = 0; k < sinks_.size(); ++k) {
    const Status taken = sinks_[k]->Take(report);
    if (!taken && taken.error().code == Code::kCancelled) wanted = false;
    // Said once, until it works again.
    if (!taken && wanted && !sink_failed_[k]) {
      log::Warn("sink failed", {{"camera", options_.camera},
                                {"sink", sinks_[k]->name()},
                                {"error", taken.error().message}});
    }
    sink_failed_[k] = !taken;
  }
  sink_ms_ = MillisecondsSince(started);
  return wanted;
}

// Until the governor lets the next frame be looked at: the newest one then. Whether to go on.
bool Pipeline::Hold() {
  const auto now = Clock::now();
  const auto until = governor_.Until(now);
  if (until <= now) return true;
  const std::string& reason = governor_.reason();
  if (status_.held_seconds.count(reason) == 0) {
    log::Info("camera held back", {{"camera", options_.camera}, {"by", reason}});
  }
  held_ = reason;
  const bool raised = feed_.WaitUntil(until);
  const std::lock_guard lock(mutex_);
  status_.held_seconds[reason] += std::chrono::duration<double>(Clock::now() - now).count();
  return !raised;
}

Status Pipeline::Run() {
  uint64_t expected = 0;
  while (Hold() && feed_.Next(frame_)) {
    governor_.Begin(Clock::now());
    Report report(options_.camera, frame_);
    report.dropped = frame_.number - expected;
    expected = frame_.number + 1;
    report.times.capture = frame_.capture_ms;
    report.times.sink = sink_ms_;
    report.held = std::exchange(held_, "");
    report.places = &options_.places;
    if (const Status looked = Look(report); !looked) {
      CountFailure(looked.error());
      continue;
    }
    Count(report);
    if (!Tell(report) || status_.reports == options_.max_frames) return {};
  }
  BRINK_TRY(feed_.result());
  if (status_.reports == 0 && status_.failures > 0) return Fail(Code::kDataLoss, last_failure_);
  return {};
}

}  // namespace brink::camera
