// A model with its card as a Predictor: a picture in, what the card's decoder finds in it out.
// Everything else goes to the model's own predictor. Any thread may call it.
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
  // plan's outputs (empty: all of them). Errors are PicturePipeline::Create's.
  static Result<std::unique_ptr<CardPredictor>> Create(std::shared_ptr<SessionPool> pool,
                                                       std::unique_ptr<api::Predictor> model,
                                                       vision::Card card,
                                                       std::string output_tensor_name);

  // A picture is api::Bytes, or JSON {"image": base64 of a JPEG or PNG, bare or as a data: URL}. It
  // is decoded on the pool's worker, not on the caller's thread. The answer is a JSON object (see
  // ToJson), or tensors where the card has no decoder. kInvalidArgument for what is not a picture,
  // or a too large one; the pool's errors are passed on.
  void Predict(api::InferRequest request, api::Context context, Callback done) override;

  api::ModelDescription Describe() const override { return model_->Describe(); }
  Status Ready() const override { return model_->Ready(); }

 private:
  struct Work;  // what a job needs: shared with the jobs
  CardPredictor(std::shared_ptr<SessionPool> pool, std::unique_ptr<api::Predictor> model,
                std::shared_ptr<const PicturePipeline> pipeline, std::string output_tensor_name);

  std::shared_ptr<SessionPool> pool_;
  std::unique_ptr<api::Predictor> model_;
  std::shared_ptr<const PicturePipeline> pipeline_;
  std::string output_tensor_name_;
};

}  // namespace brink::serving
