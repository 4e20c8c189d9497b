#include "brink/serving/picture_pipeline.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "brink/base/base64.h"
#include "brink/tensor/elements.h"
#include "brink/vision/image.h"
#include "brink/vision/read_outputs.h"
#include "brink/vision/tensor_place.h"

namespace brink::serving {
namespace {

class Stopwatch {
 public:
  // Milliseconds since the last lap.
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double, std::milli> lap = now - last_;
    last_ = now;
    return lap.count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

std::vector<std::string> NamesOf(std::span<const engine::TensorSpec> specs) {
  std::vector<std::string> names;
  for (const auto& spec : specs) names.push_back(spec.name);
  return names;
}

Status CheckOutput(const engine::TensorSpec& spec) {
  auto status = vision::CheckFloats(spec.type, spec.quantization);
  if (!status) return Fail(status.error().Within("output '" + spec.name + "'"));
  return {};
}

Result<vision::TensorFloats> OutputFloats(const engine::Session& session, int output) {
  const auto& spec = session.plan().outputs()[static_cast<size_t>(output)];
  return vision::ReadFloats(session.output(output), spec.quantization);
}

// A float as the shortest number that reads back as it: .9 is 0.9, not 0.8999999761581421.
json::Value Number(float value) {
  if (!std::isfinite(value)) return json::Value(static_cast<double>(value));
  std::array<char, 32> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  double number = 0;
  std::from_chars(digits.data(), written.ptr, number);
  return json::Value(number);
}

json::Value Milliseconds(double ms) { return json::Value(std::round(ms * 1000) / 1000); }

json::Array ToArray(const std::vector<vision::Detection>& detections) {
  json::Array array;
  for (const auto& one : detections) {
    json::Array box;
    for (const float edge : one.box) box.push_back(Number(edge));
    array.push_back(
        json::Object{{"label", one.label}, {"score", Number(one.score)}, {"box", std::move(box)}});
  }
  return array;
}

json::Array ToArray(const std::vector<vision::Classification>& classifications) {
  json::Array array;
  for (const auto& one : classifications) {
    array.push_back(json::Object{{"label", one.label}, {"score", Number(one.score)}});
  }
  return array;
}

json::Value ToJson(const vision::Segmentation& segments) {
  vision::Image image{.width = segments.width, .height = segments.height};
  for (const uint8_t index : segments.classes) image.rgb.insert(image.rgb.end(), 3, index);
  const auto png = vision::EncodePng(image);
  return json::Object{{"width", segments.width},
                      {"height", segments.height},
                      {"png", base64::Encode(png ? *png : std::string())}};
}

api::Tensors AllOutputs(const engine::Session& session) {
  api::Tensors tensors;
  const auto specs = session.plan().outputs();
  for (size_t k = 0; k < specs.size(); ++k) {
    tensors.items.push_back(
        {.name = specs[k].name, .tensor = CopyOf(session.output(static_cast<int>(k)))});
  }
  return tensors;
}

}  // namespace

json::Value ToJson(const PictureAnswer& answer, std::string_view model_name) {
  json::Object object;
  if (const auto* detections = std::get_if<std::vector<vision::Detection>>(&answer.found)) {
    object["detections"] = ToArray(*detections);
  } else if (const auto* classes =
                 std::get_if<std::vector<vision::Classification>>(&answer.found)) {
    object["classifications"] = ToArray(*classes);
  } else if (const auto* segments = std::get_if<vision::Segmentation>(&answer.found)) {
    object["detections"] = ToArray(segments->regions);
    object["segmentation"] = ToJson(*segments);
  }
  object["image"] = json::Object{{"width", answer.width}, {"height", answer.height}};
  object["model"] = model_name;
  object["ms"] = json::Object{{"decode", Milliseconds(answer.times.decode_ms)},
                              {"preprocess", Milliseconds(answer.times.preprocess_ms)},
                              {"inference", Milliseconds(answer.times.inference_ms)},
                              {"postprocess", Milliseconds(answer.times.postprocess_ms)}};
  return object;
}

std::vector<std::string> OutputsToCompute(const model::Graph& graph,
                                          const std::vector<std::string>& named,
                                          const vision::Card& card) {
  std::vector<std::string> outputs = named;
  if (outputs.empty()) {
    for (const int tensor : graph.outputs)
      outputs.emplace_back(graph.tensors[static_cast<size_t>(tensor)].name);
  }
  for (std::string& name : vision::DecoderOutputs(card)) {
    if (std::find(outputs.begin(), outputs.end(), name) == outputs.end())
      outputs.push_back(std::move(name));
  }
  return outputs;
}

Status PicturePipeline::BindOutputs(const engine::Plan& plan) {
  const auto outputs = plan.outputs();
  const std::vector<std::string> names = NamesOf(outputs);
  std::vector<Shape> shapes;
  for (const vision::WantedOutput& wanted : vision::WantedOutputs(card_.decoder)) {
    BRINK_ASSIGN(const size_t place, vision::PlaceOf(names, wanted.tensor, wanted.what));
    const auto& spec = outputs[place];
    BRINK_TRY(CheckOutput(spec));
    outputs_.push_back(static_cast<int>(place));
    shapes.push_back(spec.shape);
  }
  return vision::CheckOutputs(card_, shapes);
}

Result<PicturePipeline> PicturePipeline::Create(const engine::Plan& plan, vision::Card card) {
  PicturePipeline pipeline(std::move(card));
  const std::string where = "card '" + pipeline.card_.name + "'";
  const std::vector<std::string> inputs = NamesOf(plan.inputs());
  const auto place = vision::PlaceOf(inputs, pipeline.card_.input.tensor, "input.tensor");
  if (!place) return Fail(place.error().Within(where));
  pipeline.input_ = static_cast<int>(*place);
  const auto& input = plan.inputs()[*place];
  const auto size =
      vision::CheckInput(pipeline.card_.input, input.type, input.shape, input.quantization);
  if (!size) return Fail(size.error().Within(where));
  pipeline.size_ = *size;
  const auto only = vision::CheckOnlyInput(inputs);
  if (!only) return Fail(only.error().Within(where));
  const auto bound = pipeline.BindOutputs(plan);
  if (!bound) return Fail(bound.error().Within(where));
  return pipeline;
}

Result<decltype(PictureAnswer::found)> PicturePipeline::ReadOutputs(const engine::Session& session,
                                                                    int width, int height) const {
  std::vector<vision::TensorFloats> floats;
  for (const int output : outputs_) {
    BRINK_ASSIGN(floats.emplace_back(), OutputFloats(session, output));
  }
  BRINK_ASSIGN(vision::Found found, vision::ReadOutputs(card_, size_, width, height, floats));
  if (auto* detections = std::get_if<std::vector<vision::Detection>>(&found)) {
    return std::move(*detections);
  }
  if (auto* classes = std::get_if<std::vector<vision::Classification>>(&found)) {
    return std::move(*classes);
  }
  if (auto* segmentation = std::get_if<vision::Segmentation>(&found)) {
    return std::move(*segmentation);
  }
  return AllOutputs(session);
}

Result<PictureAnswer> PicturePipeline::Run(engine::Session& session,
                                           const vision::PixelsView& picture) const {
  Stopwatch watch;
  PictureAnswer answer{.width = picture.width, .height = picture.height};
  const auto& input = session.plan().inputs()[static_cast<size_t>(input_)];
  BRINK_TRY(vision::FillInput(picture, card_.input, input.quantization, session.input(input_)));
  answer.times.preprocess_ms = watch.Lap();
  BRINK_TRY(session.Run());
  answer.times.inference_ms = watch.Lap();
  BRINK_ASSIGN(answer.found, ReadOutputs(session, picture.width, picture.height));
  answer.times.postprocess_ms = watch.Lap();
  return answer;
}

Result<PictureAnswer> PicturePipeline::Run(engine::Session& session,
                                           std::span<const std::byte> picture) const {
  Stopwatch watch;
  BRINK_ASSIGN(const vision::Image image, vision::DecodeImage(picture));
  const double decode_ms = watch.Lap();
  BRINK_ASSIGN(PictureAnswer answer, Run(session, image));
  answer.times.decode_ms = decode_ms;
  return answer;
}

Result<PictureAnswer> RunPicture(engine::Session& session, const vision::Card& card,
                                 std::span<const std::byte> picture) {
  BRINK_ASSIGN(const PicturePipeline pipeline, PicturePipeline::Create(session.plan(), card));
  return pipeline.Run(session, picture);
}

}  // namespace brink::serving
