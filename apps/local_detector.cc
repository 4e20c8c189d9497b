#include "local_detector.h"

#include <chrono>
#include <future>

#include "brink/vision/read_outputs.h"

namespace brink::apps {
namespace {

using Clock = std::chrono::steady_clock;

class LocalDetector final : public camera::Detector {
 public:
  LocalDetector(std::shared_ptr<serving::SessionPool> pool, serving::PicturePipeline pipeline,
                float sure_score)
      : pool_(std::move(pool)), pipeline_(std::move(pipeline)), sure_score_(sure_score) {}

  float sure_score() const override { return sure_score_; }

  Result<camera::Found> Detect(const vision::PixelsView& picture) override {
    const auto submitted = Clock::now();
    std::promise<Result<camera::Found>> promise;
    auto answer = promise.get_future();
    BRINK_TRY(pool_->Submit([&](Result<engine::Session*> session) {
      if (!session) return promise.set_value(Fail(std::move(session).error()));
      promise.set_value(Look(**session, picture, submitted));
    }));
    return answer.get();
  }

 private:
  Result<camera::Found> Look(engine::Session& session, const vision::PixelsView& picture,
                             Clock::time_point submitted) const {
    const std::chrono::duration<double, std::milli> waited = Clock::now() - submitted;
    BRINK_ASSIGN(serving::PictureAnswer answer, pipeline_.Run(session, picture));
    camera::Found found{.preprocess_ms = answer.times.preprocess_ms,
                        .inference_ms = waited.count() + answer.times.inference_ms,
                        .postprocess_ms = answer.times.postprocess_ms};
    if (auto* boxes = std::get_if<std::vector<vision::Detection>>(&answer.found)) {
      found.detections = std::move(*boxes);
    } else if (auto* segments = std::get_if<vision::Segmentation>(&answer.found)) {
      found.detections = std::move(segments->regions);
    } else {
      found.classifications =
          std::move(std::get<std::vector<vision::Classification>>(answer.found));
    }
    return found;
  }

  const std::shared_ptr<serving::SessionPool> pool_;
  const serving::PicturePipeline pipeline_;
  const float sure_score_;
};

// Of its card's threshold: what the decoder gives the tracker beside the sure detections.
constexpr float kUnsureShare = .4f;

// Regions of a segmentation would melt together below its threshold.
float* ScoreThresholdToLower(vision::Decoder& decoder) {
  if (std::holds_alternative<vision::SegmentDecoder>(decoder)) return nullptr;
  return vision::ScoreThreshold(decoder);
}

}  // namespace

Result<std::unique_ptr<camera::Detector>> MakeLocalDetector(
    std::shared_ptr<serving::SessionPool> pool, vision::Card card) {
  if (std::holds_alternative<std::monostate>(card.decoder)) {
    return Fail(Code::kFailedPrecondition,
                "card '" + card.name + "': a camera needs one with a decoder");
  }
  float sure_score = 0;
  if (float* threshold = ScoreThresholdToLower(card.decoder)) {
    sure_score = *threshold;
    *threshold *= kUnsureShare;
  }
  BRINK_ASSIGN(auto pipeline, serving::PicturePipeline::Create(pool->plan(), std::move(card)));
  return std::make_unique<LocalDetector>(std::move(pool), std::move(pipeline), sure_score);
}

}  // namespace brink::apps
