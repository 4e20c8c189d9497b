// A model with its card as a Predictor: a picture in (bytes, or base64 under the JSON key "image"),
// what the card's decoder finds in it out. Everything else goes to the model's own predictor. Any
// thread may call it.
#pragma once

#include <memory>
#include <string>

#include "brink/api/predictor.h"
#include "brink/base/result.h"
#include "brink/serving/picture_pipeline.h"
#include "brink/serving/session_pool.h"

namespace brink::serving {

class CardPredictor final : public api::Predictor {
 public:
  // `model` answers with sessions of `pool`, whose plan computes what the card's decoder reads (see
  // OutputsToCompute). `output_tensor_name` is what a card without a decoder answers: one of the
  // plan's outputs. Errors are PicturePipeline::Create's.
  static Result<std::unique_ptr<CardPredictor>> Create(std::shared_ptr<SessionPool> pool,
                                                       std::unique_ptr<api::Predictor> model,
                                                       vision::Card card,
                                                       std::string output_tensor_name);

  // A picture is answered with a JSON object (see ToJson), or with one tensor where the card has no
  // decoder. kInvalidArgument for what is not a picture, or a too large one; the pool's errors are
  // passed on.
  void Predict(api::InferRequest request, api::Context context, Callback done) override;

  api::ModelDescription Describe() const override { return model_->Describe(); }
  Status Ready() const override { return model_->Ready(); }

 private:
  struct Picture;  // what a job needs: shared with the jobs
  CardPredictor(std::shared_ptr<SessionPool> pool, std::unique_ptr<api::Predictor> model,
                std::shared_ptr<const PicturePipeline> pipeline, std::string output_tensor_name);
  void Submit(std::string picture, const api::Context& context, Callback done);

  std::shared_ptr<SessionPool> pool_;
  std::unique_ptr<api::Predictor> model_;
  std::shared_ptr<const PicturePipeline> pipeline_;
  std::string output_tensor_name_;
};

}  // namespace brink::serving
