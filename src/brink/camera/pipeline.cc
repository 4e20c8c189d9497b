#include "brink/camera/pipeline.h"

#include <span>
#include <utility>

#include "brink/base/log.h"

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace

Pipeline::Pipeline(Feed& feed, Detector& detector, std::vector<std::unique_ptr<Sink>> sinks,
                   PipelineOptions options)
    : feed_(feed),
      detector_(detector),
      sinks_(std::move(sinks)),
      options_(std::move(options)),
      sink_failed_(sinks_.size(), false) {}

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

Status Pipeline::Look(Report& report) {
  BRINK_TRY(Decode(report));
  BRINK_ASSIGN(Found found, detector_.Detect(report.pixels));
  report.times.preprocess = found.preprocess_ms;
  report.times.inference = found.inference_ms;
  report.times.postprocess = found.postprocess_ms;
  report.classifications = std::move(found.classifications);
  for (auto& detection : found.detections) report.objects.push_back({std::move(detection)});
  return {};
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

Status Pipeline::Run() {
  uint64_t expected = 0;
  while (feed_.Next(frame_)) {
    Report report(options_.camera, frame_);
    report.dropped = frame_.number - expected;
    expected = frame_.number + 1;
    report.times.capture = frame_.capture_ms;
    report.times.sink = sink_ms_;
    if (const Status looked = Look(report); !looked) {
      last_failure_ = (frame_.name.empty() ? "" : frame_.name + ": ") + looked.error().message;
      log::Warn("frame failed",
                {{"camera", options_.camera}, {"frame", frame_.number}, {"error", last_failure_}});
      ++failures_;
      continue;
    }
    ++reports_;
    if (!Tell(report) || reports_ == options_.max_frames) return {};
  }
  BRINK_TRY(feed_.result());
  if (reports_ == 0 && failures_ > 0) return Fail(Code::kDataLoss, last_failure_);
  return {};
}

}  // namespace brink::camera
