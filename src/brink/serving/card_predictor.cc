#include "brink/serving/card_predictor.h"

#include <span>
#include <utility>
#include <variant>

#include "brink/base/base64.h"

namespace brink::serving {
namespace {

// The picture that a payload holds; null: it holds none. The string is taken out of the payload.
Result<std::unique_ptr<std::string>> TakePicture(api::Payload& payload) {
  if (auto* bytes = std::get_if<api::Bytes>(&payload)) {
    return std::make_unique<std::string>(std::move(bytes->bytes));
  }
  const auto* json = std::get_if<json::Value>(&payload);
  const json::Value* image = json != nullptr ? json->Find("image") : nullptr;
  const std::string* text = image != nullptr ? image->get<std::string>() : nullptr;
  if (text == nullptr) return std::unique_ptr<std::string>();
  auto decoded = base64::Decode(*text);
  if (!decoded) return Fail(decoded.error().Within("jsonData.image"));
  return std::make_unique<std::string>(*std::move(decoded));
}

// A picture beyond the limits will not fit later either: the client must send another one, and not
// the same again.
Error Blamed(Error error) {
  if (error.code == Code::kResourceExhausted) error.code = Code::kInvalidArgument;
  return error;
}

// What a card without a decoder answers.
api::Tensors Named(api::Tensors tensors, const std::string& name) {
  api::Tensors answer;
  for (api::NamedTensor& item : tensors.items) {
    if (item.name == name) answer.items.push_back(std::move(item));
  }
  return answer;
}

}  // namespace

struct CardPredictor::Picture {
  std::shared_ptr<const PicturePipeline> pipeline;
  std::string output_tensor_name;
  std::string bytes;
  Callback done;

  Result<api::InferResponse> Run(engine::Session& session) const {
    auto answered = pipeline->Run(session, std::as_bytes(std::span(bytes)));
    if (!answered) return Fail(Blamed(std::move(answered).error()));
    PictureAnswer& answer = *answered;
    api::InferResponse response;
    if (auto* tensors = std::get_if<api::Tensors>(&answer.found)) {
      response.message.payload = Named(std::move(*tensors), output_tensor_name);
    } else {
      response.message.payload = ToJson(answer, pipeline->card().name);
    }
    return response;
  }
};

Result<std::unique_ptr<CardPredictor>> CardPredictor::Create(std::shared_ptr<SessionPool> pool,
                                                             std::unique_ptr<api::Predictor> model,
                                                             vision::Card card,
                                                             std::string output_tensor_name) {
  BRINK_ASSIGN(PicturePipeline pipeline, PicturePipeline::Create(pool->plan(), std::move(card)));
  auto shared = std::make_shared<const PicturePipeline>(std::move(pipeline));
  return std::unique_ptr<CardPredictor>(new CardPredictor(
      std::move(pool), std::move(model), std::move(shared), std::move(output_tensor_name)));
}

CardPredictor::CardPredictor(std::shared_ptr<SessionPool> pool,
                             std::unique_ptr<api::Predictor> model,
                             std::shared_ptr<const PicturePipeline> pipeline,
                             std::string output_tensor_name)
    : pool_(std::move(pool)),
      model_(std::move(model)),
      pipeline_(std::move(pipeline)),
      output_tensor_name_(std::move(output_tensor_name)) {}

void CardPredictor::Predict(api::InferRequest request, api::Context context, Callback done) {
  if (request.method == api::Method::kPredict) {
    auto picture = TakePicture(request.message.payload);
    if (!picture) return done(Fail(std::move(picture).error()));
    if (*picture) return Submit(std::move(**picture), context, std::move(done));
  }
  model_->Predict(std::move(request), std::move(context), std::move(done));
}

void CardPredictor::Submit(std::string picture, const api::Context& context, Callback done) {
  auto work = std::make_shared<Picture>(
      Picture{pipeline_, output_tensor_name_, std::move(picture), std::move(done)});
  const Status accepted = pool_->Submit(
      [work](Result<engine::Session*> session) {
        if (!session) return work->done(Fail(std::move(session).error()));
        work->done(work->Run(**session));
      },
      context);
  if (!accepted) work->done(Fail(accepted.error()));
}

}  // namespace brink::serving
