#include "brink/camera/remote_predictor.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "brink/base/base64.h"
#include "brink/camera/source.h"

namespace brink::camera {
namespace {

constexpr std::chrono::milliseconds kLongestWait{30'000};

// Why the server refuses, in its own words where it has some.
std::string ReasonIn(const Result<json::Value>& answer) {
  const json::Value* status = answer ? answer->Find("status") : nullptr;
  const json::Value* info = status == nullptr ? nullptr : status->Find("info");
  const auto* text = info == nullptr ? nullptr : info->get<std::string>();
  return text == nullptr ? "" : *text;
}

class RemotePredictor final : public api::Predictor {
 public:
  RemotePredictor(RemoteClient client, std::string url)
      : client_(std::move(client)), url_(std::move(url)), shown_(ShownSource(url_)) {}

  void Predict(api::InferRequest request, api::Context context, Callback done) override {
    auto answer = Ask(std::move(request), context);
    if (!answer) answer = Fail(answer.error().Within(shown_));
    done(std::move(answer));
  }
  api::ModelDescription Describe() const override { return {.name = shown_}; }
  Status Ready() const override { return {}; }

 private:
  Result<api::InferResponse> Ask(api::InferRequest request, const api::Context& context) const;

  const RemoteClient client_;
  const std::string url_;
  const std::string shown_;
};

Result<api::InferResponse> RemotePredictor::Ask(api::InferRequest request,
                                                const api::Context& context) const {
  const auto* picture = std::get_if<api::Bytes>(&request.message.payload);
  if (picture == nullptr) return Fail(Code::kInvalidArgument, "only pictures are sent there");
  auto patience = kLongestWait;
  if (context.deadline) {
    const auto left = *context.deadline - std::chrono::steady_clock::now();
    patience = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left),
                          std::chrono::milliseconds(1), kLongestWait);
  }
  const std::string body = "{\"binData\": \"" + base64::Encode(picture->bytes) + "\"}";
  BRINK_ASSIGN(const RemoteAnswer got, client_.Ask({.url = url_,
                                                    .body = &body,
                                                    .headers = {"Content-Type: application/json"},
                                                    .patience = patience}));
  auto answer = json::Parse(got.body);
  if (got.status != 200) return Fail(RefusedWith(got.status, ReasonIn(answer)));
  if (!answer) return Fail(answer.error().Within("the answer"));
  const json::Value* data = answer->Find("jsonData");
  if (data == nullptr) {
    return Fail(Code::kFailedPrecondition,
                "expected 'jsonData' in the answer: the server's model needs a card");
  }
  api::InferResponse response;
  response.message.payload = *data;
  return response;
}

}  // namespace

Result<std::unique_ptr<api::Predictor>> MakeRemotePredictor(RemoteOptions options) {
  BRINK_ASSIGN(RemoteClient client, RemoteClient::Create(options));
  const size_t path = options.url.find('/', options.url.find("://") + 3);
  if (path == std::string::npos) options.url += '/';
  if (path == std::string::npos || path + 1 == options.url.size()) {
    options.url += "api/v1.0/predictions";
  }
  return std::make_unique<RemotePredictor>(std::move(client), std::move(options.url));
}

}  // namespace brink::camera
