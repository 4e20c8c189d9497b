#include "brink/protocols/open_inference/model_metadata.h"

#include "brink/protocols/open_inference/tensor_head.h"

namespace brink::protocols::open_inference {
namespace {

constexpr json::ParseOptions kLimits{.max_depth = 32, .max_values = 100'000};

Result<std::vector<api::TensorDescription>> ReadTensors(const json::Value& answer,
                                                        std::string_view key,
                                                        const std::string& what) {
  BRINK_ASSIGN(const json::Array* list, ListIn(answer, key));
  std::vector<api::TensorDescription> tensors;
  for (const json::Value& item : *list) {
    BRINK_ASSIGN(tensors.emplace_back(), ReadTensorHead(item, what));
  }
  return tensors;
}

}  // namespace

Result<ModelTensors> DecodeModelTensors(std::string_view text) {
  const auto answer = json::Parse(text, kLimits);
  if (!answer) return Fail(Code::kDataLoss, answer.error().message);
  if (!answer->is<json::Object>()) return Fail(Code::kDataLoss, "expected a JSON object");
  ModelTensors tensors;
  BRINK_ASSIGN(tensors.inputs, ReadTensors(*answer, "inputs", "input"));
  BRINK_ASSIGN(tensors.outputs, ReadTensors(*answer, "outputs", "output"));
  return tensors;
}

std::string ReasonIn(std::string_view text) {
  const auto answer = json::Parse(text, kLimits);
  const json::Value* error = answer ? answer->Find("error") : nullptr;
  const auto* reason = error == nullptr ? nullptr : error->get<std::string>();
  return reason == nullptr ? "" : Shown(*reason);
}

}  // namespace brink::protocols::open_inference
