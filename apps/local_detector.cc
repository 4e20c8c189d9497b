#include "local_detector.h"

#include <chrono>
#include <future>

namespace brink::apps {
namespace {

using Clock = std::chrono::steady_clock;

class LocalDetector final : public camera::Detector {
 public:
  LocalDetector(std::shared_ptr<serving::SessionPool> pool, serving::PicturePipeline pipeline)
      : pool_(std::move(pool)), pipeline_(std::move(pipeline)) {}

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
    } else {
      found.classifications =
          std::move(std::get<std::vector<vision::Classification>>(answer.found));
    }
    return found;
  }

  const std::shared_ptr<serving::SessionPool> pool_;
  const serving::PicturePipeline pipeline_;
};

}  // namespace

Result<std::unique_ptr<camera::Detector>> MakeLocalDetector(
    std::shared_ptr<serving::SessionPool> pool, serving::PicturePipeline pipeline) {
  if (std::holds_alternative<std::monostate>(pipeline.card().decoder)) {
    return Fail(Code::kFailedPrecondition,
                "card '" + pipeline.card().name + "': a camera needs one with a decoder");
  }
  return std::make_unique<LocalDetector>(std::move(pool), std::move(pipeline));
}

}  // namespace brink::apps
