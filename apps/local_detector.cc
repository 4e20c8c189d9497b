#include "local_detector.h"

#include <chrono>
#include <future>

#include "brink/base/out_of_memory.h"
#include "brink/camera/card_detection.h"

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
      promise.set_value(UnlessOutOfMemory([&] { return Look(**session, picture, submitted); }));
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
    camera::MoveFound(answer.found, found);
    return found;
  }

  const std::shared_ptr<serving::SessionPool> pool_;
  const serving::PicturePipeline pipeline_;
  const float sure_score_;
};

}  // namespace

Result<std::unique_ptr<camera::Detector>> MakeLocalDetector(
    std::shared_ptr<serving::SessionPool> pool, vision::Card card) {
  BRINK_ASSIGN(const float sure_score, camera::LowerThreshold(card));
  BRINK_ASSIGN(auto pipeline, serving::PicturePipeline::Create(pool->plan(), std::move(card)));
  return std::make_unique<LocalDetector>(std::move(pool), std::move(pipeline), sure_score);
}

}  // namespace brink::apps
