#include "brink/serving/card_predictor.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "brink/base/base64.h"
#include "brink/base/out_of_memory.h"

namespace brink::serving {
namespace {

bool HoldsPicture(const api::Payload& payload) {
  if (std::holds_alternative<api::Bytes>(payload)) return true;
  const auto* json = std::get_if<json::Value>(&payload);
  return json != nullptr && json->Find("image") != nullptr;
}

// The bytes of the picture that a payload holds.
Result<std::string> TakePicture(api::Payload payload) {
  if (auto* bytes = std::get_if<api::Bytes>(&payload)) return std::move(bytes->bytes);
  const auto* text = std::get<json::Value>(payload).Find("image")->get<std::string>();
  if (text == nullptr) {
    return Fail(Code::kInvalidArgument,
                "jsonData.image: expected base64 text of a JPEG or PNG picture");
  }
  std::string_view base64 = *text;
  if (base64.starts_with("data:"))
    base64.remove_prefix(std::min(base64.find(','), base64.size() - 1) + 1);
  auto decoded = base64::Decode(base64);
  if (!decoded) return Fail(decoded.error().Within("jsonData.image"));
  return decoded;
}

// A picture beyond the limits will not fit later either: the client must send another one, and not
// the same again.
Error Blamed(Error error) {
  if (error.code == Code::kResourceExhausted) error.code = Code::kInvalidArgument;
  return error;
}

// What a card without a decoder answers.
api::Tensors Named(api::Tensors tensors, const std::string& name) {
  if (!name.empty())
    std::erase_if(tensors.items, [&](const api::NamedTensor& item) { return item.name != name; });
  return tensors;
}

}  // namespace

struct CardPredictor::Work {
  std::shared_ptr<const PicturePipeline> pipeline;
  std::string output_tensor_name;
  api::Payload payload;
  Callback done;

  Result<api::InferResponse> Run(engine::Session& session) {
    BRINK_ASSIGN(const std::string picture, TakePicture(std::move(payload)));
    auto answered = pipeline->Run(session, std::as_bytes(std::span(picture)));
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
  if (request.method != api::Method::kPredict || !HoldsPicture(request.message.payload)) {
    return model_->Predict(std::move(request), std::move(context), std::move(done));
  }
  auto work = std::make_shared<Work>(
      Work{pipeline_, output_tensor_name_, std::move(request.message.payload), std::move(done)});
  const Status accepted = pool_->Submit(
      [work](Result<engine::Session*> session) {
        if (!session) return work->done(Fail(std::move(session).error()));
        work->done(UnlessOutOfMemory([&] { return work->Run(**session); }));
      },
      context);
  if (!accepted) work->done(Fail(accepted.error()));
}

}  // namespace brink::serving
