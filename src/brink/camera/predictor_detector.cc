#include <chrono>
#include <utility>

#include "brink/camera/detector.h"

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kJpegQuality = 95;
constexpr std::chrono::seconds kLongestWait{30};

tl::unexpected<Error> Unfit(const std::string& what) {
  return Fail(Code::kFailedPrecondition, "the predictor's answer: " + what);
}

Result<float> NumberIn(const json::Value& item, std::string_view key) {
  const json::Value* value = item.Find(key);
  if (value == nullptr || !value->is_number()) return Unfit("no number '" + std::string(key) + "'");
  return static_cast<float>(value->ToDouble());
}

Result<std::string> LabelIn(const json::Value& item) {
  const json::Value* value = item.Find("label");
  const auto* text = value == nullptr ? nullptr : value->get<std::string>();
  if (text == nullptr) return Unfit("no text 'label'");
  return *text;
}

Result<vision::Detection> ReadDetection(const json::Value& item) {
  vision::Detection detection;
  BRINK_ASSIGN(detection.label, LabelIn(item));
  BRINK_ASSIGN(detection.score, NumberIn(item, "score"));
  const json::Value* value = item.Find("box");
  const auto* box = value == nullptr ? nullptr : value->get<json::Array>();
  if (box == nullptr || box->size() != 4) return Unfit("no 'box' of 4 numbers");
  for (size_t k = 0; k < 4; ++k) {
    if (!(*box)[k].is_number()) return Unfit("no 'box' of 4 numbers");
    detection.box[k] = static_cast<float>((*box)[k].ToDouble());
  }
  return detection;
}

const json::Array* ListIn(const json::Value& answer, std::string_view key) {
  const json::Value* value = answer.Find(key);
  return value == nullptr ? nullptr : value->get<json::Array>();
}

Result<Found> ReadAnswer(const json::Value& answer) {
  Found found;
  const json::Array* detections = ListIn(answer, "detections");
  const json::Array* classes = ListIn(answer, "classifications");
  if (detections == nullptr && classes == nullptr) {
    return Unfit("neither 'detections' nor 'classifications' in it");
  }
  for (const json::Value& item : detections != nullptr ? *detections : json::Array()) {
    BRINK_ASSIGN(found.detections.emplace_back(), ReadDetection(item));
  }
  for (const json::Value& item : classes != nullptr ? *classes : json::Array()) {
    auto& one = found.classifications.emplace_back();
    BRINK_ASSIGN(one.label, LabelIn(item));
    BRINK_ASSIGN(one.score, NumberIn(item, "score"));
  }
  return found;
}

class PredictorDetector final : public Detector {
 public:
  explicit PredictorDetector(api::Predictor& predictor) : predictor_(predictor) {}

  Result<Found> Detect(const vision::PixelsView& picture) override {
    const auto started = Clock::now();
    BRINK_ASSIGN(const vision::Image image, vision::ToImage(picture));
    BRINK_ASSIGN(std::string jpeg, vision::EncodeJpeg(image, kJpegQuality));
    const auto asked = Clock::now();
    api::InferRequest request;
    request.message.payload = api::Bytes{std::move(jpeg)};
    api::Context context;
    context.deadline = asked + kLongestWait;
    BRINK_ASSIGN(const api::InferResponse response,
                 api::PredictAndWait(predictor_, std::move(request), std::move(context)));
    if (response.refusal) return Unfit("refused: " + response.refusal->info);
    const auto* answer = std::get_if<json::Value>(&response.message.payload);
    if (answer == nullptr) return Unfit("expected JSON");
    const auto answered = Clock::now();
    BRINK_ASSIGN(Found found, ReadAnswer(*answer));
    using Milliseconds = std::chrono::duration<double, std::milli>;
    found.preprocess_ms = Milliseconds(asked - started).count();
    found.inference_ms = Milliseconds(answered - asked).count();
    found.postprocess_ms = Milliseconds(Clock::now() - answered).count();
    return found;
  }

 private:
  api::Predictor& predictor_;
};

}  // namespace

std::unique_ptr<Detector> MakePredictorDetector(api::Predictor& predictor) {
  return std::make_unique<PredictorDetector>(predictor);
}

}  // namespace brink::camera
