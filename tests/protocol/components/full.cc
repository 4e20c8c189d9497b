#include "full.h"

#include "arrays.h"
#include "brink/api/convert.h"

namespace brink::testing {

using api::Answer;
using api::Metric;

Full::Full(const json::Object& parameters) {
  const auto take = [&](const char* name, json::Value& value) {
    if (const auto found = parameters.find(name); found != parameters.end()) value = found->second;
  };
  take("greeting", greeting_);
  take("scale", scale_);
  take("n", n_);
  take("flag", flag_);
}

Result<Answer> Full::Predict(api::Message input) {
  seen_names_.clear();
  if (const auto* tensors = std::get_if<api::Tensors>(&input.payload)) {
    for (const std::string& name : tensors->columns) seen_names_.push_back(name);
  }
  seen_meta_keys_.clear();
  const api::Meta& meta = input.meta;
  if (!meta.metrics.empty()) seen_meta_keys_.push_back("metrics");
  if (!meta.puid.empty()) seen_meta_keys_.push_back("puid");
  if (!meta.request_path.empty()) seen_meta_keys_.push_back("requestPath");
  if (!meta.routing.empty()) seen_meta_keys_.push_back("routing");
  if (!meta.tags.empty()) seen_meta_keys_.push_back("tags");
  auto scaled = Doubles(input.payload);
  if (!scaled) return Fail(Code::kInternal, scaled.error().message);
  for (double& number : scaled->as<double>()) number *= scale_.ToDouble();
  return Answer{.payload = OneTensor(std::move(*scaled))};
}

Result<Answer> Full::SendFeedback(api::Feedback feedback) {
  const double row[] = {feedback.reward, static_cast<double>(feedback.routing.value_or(-1)),
                        SizeOf(feedback.request.payload), SizeOf(feedback.truth.payload)};
  return Answer{.payload = OneTensor(Tensor::Of<double>({1, 4}, row))};
}

Result<Answer> Full::HealthStatus() {
  return Answer{.payload = json::Value(json::Object{{"status", "fine"}, {"n", 1}})};
}

api::Tags Full::GetTags() {
  return {{"greeting", greeting_},
          {"n", n_},
          {"flag", flag_},
          {"scale", scale_},
          {"seen_names", seen_names_},
          {"seen_meta_keys", seen_meta_keys_},
          {"nested", *json::Parse(R"({"a":[1,2.5,null,"x"]})")}};
}

std::vector<Metric> Full::GetMetrics() {
  return {{.key = "mycounter", .value = 1},
          {.key = "mygauge", .kind = Metric::Kind::kGauge, .value = 100},
          {.key = "mytimer", .kind = Metric::Kind::kTimer, .value = 20.2},
          {.key = "mytagged", .value = 2, .tags = {{"mytag", "mytagvalue"}}}};
}

std::optional<std::vector<std::string>> Full::ClassNames() {
  return {{"cat", "dog", "h\u00e9llo"}};
}

json::Object Full::Metadata() const {
  return *json::Parse(R"({
    "name": "full-model", "versions": ["v1", "v2"], "platform": "tflite",
    "inputs": [{"messagetype": "tensor", "schema": {"names": ["a", "b"], "shape": [1, 2]}},
               {"name": "in2", "datatype": "FP32", "shape": [-1, 4]}],
    "outputs": [{"messagetype": "jsonData", "schema": {"type": "object"}},
                {"messagetype": "strData"}],
    "custom": {"author": "x"}})")
              ->get<json::Object>();
}

}  // namespace brink::testing
