#include "brink/camera/open_inference_detector.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "brink/camera/card_binding.h"
#include "brink/camera/card_detection.h"
#include "brink/camera/source.h"
#include "brink/protocols/open_inference/infer.h"

namespace brink::camera {
namespace {

namespace v2 = protocols::open_inference;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kModels = "/v2/models";
constexpr size_t kLongestMetadata = size_t{1} << 20;
constexpr size_t kLongestAnswer = size_t{64} << 20;

// http://host/v2/models/NAME and "?key=value".
struct ModelUrl {
  std::string model;
  std::string query;
};

ModelUrl SplitUrl(const std::string& url) {
  const size_t end = std::min(url.find_first_of("?#"), url.size());
  const size_t fragment = std::min(url.find('#'), url.size());
  return {url.substr(0, end), url.substr(end, std::max(end, fragment) - end)};
}

// Where /v2/models stands in the path; npos where it does not.
size_t FindModels(const std::string& model) {
  const size_t scheme = model.find("://");
  const size_t path = scheme == std::string::npos ? scheme : model.find('/', scheme + 3);
  if (path == std::string::npos) return path;
  const size_t found = model.find(kModels, path);
  const size_t after = found + kModels.size();
  const bool whole = found != std::string::npos && (after == model.size() || model[after] == '/');
  return whole ? found : std::string::npos;
}

// The path behind /v2/models is /NAME or /NAME/versions/V.
bool NamesModel(std::string_view rest) {
  std::vector<std::string_view> words;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    words.push_back(rest.substr(0, rest.find('/')));
    rest.remove_prefix(words.back().size());
  }
  const bool whole = std::none_of(words.begin(), words.end(), [](auto one) { return one.empty(); });
  return whole && (words.size() == 1 || (words.size() == 3 && words[1] == "versions"));
}

// MLServer answers 500.
bool MayLackExtension(long status) {
  return status == 400 || status == 415 || status == 422 || status == 500;
}

double MillisecondsBetween(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

class OpenInferenceDetector final : public Detector {
 public:
  OpenInferenceDetector(RemoteClient client, ModelUrl url, vision::Card card, float sure_score)
      : client_(std::move(client)),
        url_(std::move(url)),
        shown_(ShownSource(url_.model)),
        card_(std::move(card)),
        sure_score_(sure_score) {}

  float sure_score() const override { return sure_score_; }

  Result<Found> Detect(const vision::PixelsView& picture) override {
    auto found = Look(picture);
    if (found) return found;
    // It may be another model when the server is back.
    const std::lock_guard lock(mutex_);
    binding_ = nullptr;
    return Fail(found.error().Within(shown_));
  }

 private:
  // What the server has told of its model.
  struct Known {
    CardBinding card;
    std::atomic<bool> plain = false;  // it takes tensors as JSON alone
  };
  using Binding = std::shared_ptr<Known>;

  Result<Found> Look(const vision::PixelsView& picture);
  Result<Binding> Bind();
  Result<RemoteAnswer> Post(const CardBinding& card, const Tensor& input,
                            v2::TensorForm form) const;
  Result<std::vector<Tensor>> Infer(Known& known, const Tensor& input) const;

  const RemoteClient client_;
  const ModelUrl url_;
  const std::string shown_;
  const vision::Card card_;
  const float sure_score_;
  std::mutex mutex_;
  Binding binding_;  // null until the server has told of its model
};

Result<OpenInferenceDetector::Binding> OpenInferenceDetector::Bind() {
  {
    const std::lock_guard lock(mutex_);
    if (binding_) return binding_;
  }
  BRINK_ASSIGN(const RemoteAnswer answer, client_.Ask({.url = url_.model + url_.query,
                                                       .body = nullptr,
                                                       .headers = {},
                                                       .longest_answer = kLongestMetadata}));
  if (answer.status != 200) return Fail(RefusedWith(answer.status, v2::ReasonIn(answer.body)));
  const auto tensors = v2::DecodeModelTensors(answer.body);
  if (!tensors) return Fail(tensors.error().Within("the model's metadata"));
  const auto known = std::make_shared<Known>();
  BRINK_ASSIGN(known->card, BindCard(card_, *tensors));
  const std::lock_guard lock(mutex_);
  binding_ = known;
  return known;
}

Result<RemoteAnswer> OpenInferenceDetector::Post(const CardBinding& card, const Tensor& input,
                                                 v2::TensorForm form) const {
  const v2::InferBody body = v2::EncodeInfer(card.input, input.bytes(), card.output_names, form);
  std::vector<std::string> headers = {"Content-Type: application/json"};
  if (form == v2::TensorForm::kBinary) {
    headers = {"Content-Type: application/octet-stream",
               std::string(v2::kHeadLength) + ": " + std::to_string(body.head_bytes)};
  }
  return client_.Ask({.url = url_.model + "/infer" + url_.query,
                      .body = &body.bytes,
                      .headers = std::move(headers),
                      .longest_answer = kLongestAnswer,
                      .wanted_header = v2::kHeadLength});
}

Result<std::vector<Tensor>> OpenInferenceDetector::Infer(Known& known, const Tensor& input) const {
  RemoteAnswer answer;
  if (!known.plain) {
    BRINK_ASSIGN(answer, Post(known.card, input, v2::TensorForm::kBinary));
  }
  // The protocol has no sure sign of whether a server has the extension: one that has none takes
  // the bytes for broken JSON.
  if (known.plain || MayLackExtension(answer.status)) {
    BRINK_ASSIGN(answer, Post(known.card, input, v2::TensorForm::kJson));
    known.plain = answer.status == 200;
  }
  if (answer.status != 200) return Fail(RefusedWith(answer.status, v2::ReasonIn(answer.body)));
  std::optional<size_t> head;
  if (answer.header) {
    BRINK_ASSIGN(head, v2::ParseHeadLength(*answer.header));
  }
  auto tensors = v2::DecodeInfer(answer.body, head, known.card.outputs);
  if (!tensors) return Fail(tensors.error().Within("the answer"));
  return tensors;
}

Result<Found> OpenInferenceDetector::Look(const vision::PixelsView& picture) {
  BRINK_ASSIGN(const Binding binding, Bind());
  const auto started = Clock::now();
  BRINK_ASSIGN(const Tensor input, FillTensor(binding->card, card_, picture));
  const auto asked = Clock::now();
  BRINK_ASSIGN(std::vector<Tensor> outputs, Infer(*binding, input));
  const auto answered = Clock::now();
  BRINK_ASSIGN(vision::Found read, ReadTensors(binding->card, card_, picture, outputs));
  Found found;
  MoveFound(read, found);
  found.preprocess_ms = MillisecondsBetween(started, asked);
  found.inference_ms = MillisecondsBetween(asked, answered);
  found.postprocess_ms = MillisecondsBetween(answered, Clock::now());
  return found;
}

}  // namespace

bool IsOpenInferenceUrl(const std::string& url) {
  return FindModels(SplitUrl(url).model) != std::string::npos;
}

Result<std::unique_ptr<Detector>> MakeOpenInferenceDetector(const RemoteOptions& options,
                                                            vision::Card card) {
  BRINK_ASSIGN(RemoteClient client, RemoteClient::Create(options));
  ModelUrl url = SplitUrl(options.url);
  while (url.model.ends_with('/')) url.model.pop_back();
  const size_t models = FindModels(url.model);
  if (models == std::string::npos ||
      !NamesModel(std::string_view(url.model).substr(models + kModels.size()))) {
    return Fail(Code::kInvalidArgument, "server '" + ShownSource(url.model) +
                                            "': expected .../v2/models/NAME or "
                                            ".../v2/models/NAME/versions/V");
  }
  BRINK_ASSIGN(const float sure_score, LowerThreshold(card));
  return std::make_unique<OpenInferenceDetector>(std::move(client), std::move(url), std::move(card),
                                                 sure_score);
}

}  // namespace brink::camera
