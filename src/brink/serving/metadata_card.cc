#include "brink/serving/metadata_card.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <set>
#include <span>
#include <vector>

#include "brink/model/metadata.h"
#include "brink/serving/picture_pipeline.h"
#include "brink/vision/fill_input.h"
#include "brink/vision/labels.h"
#include "brink/vision/read_outputs.h"
#include "brink/vision/tensor_floats.h"

namespace brink::serving {
namespace {

using model::Content;
using model::FileType;
using model::ModelMetadata;
using model::TensorInfo;
using model::TensorMetadata;

constexpr size_t kMaxLabelFileBytes = size_t{4} << 20;
constexpr std::string_view kDetectionOperator = "TFLite_Detection_PostProcess";

unexpected<Error> Unfit(std::string why) { return Fail(Code::kFailedPrecondition, std::move(why)); }

// Text of a model's maker as it may reach a terminal.
std::string WithoutControls(std::string text) {
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < ' ' && c != '\t') || byte == 0x7f;
  };
  std::ranges::replace_if(text, is_control, '?');
  return text;
}

const TensorInfo& TensorAt(const model::Graph& graph, int tensor) {
  return graph.tensors[static_cast<size_t>(tensor)];
}

// An integer input without normalisation, or without a quantisation that would make it real
// numbers, takes pixels as they are: 0 is its type's lowest number.
void TakePixels(const TensorInfo& tensor, vision::InputCard& card) {
  const bool quantised = !tensor.quantization.empty();
  const float zero = quantised ? static_cast<float>(tensor.quantization.zero_point[0]) : 0;
  card.scale.fill(quantised ? tensor.quantization.scale[0] : 1);
  card.mean.fill(tensor.type == Type::kInt8 ? zero + 128 : zero);
}

Status Normalise(const TensorMetadata& said, const TensorInfo& tensor, size_t channels,
                 vision::InputCard& card) {
  const bool is_float = tensor.type == Type::kFloat32;
  if (!is_float && (!said.normalisation || tensor.quantization.empty())) {
    TakePixels(tensor, card);
    return {};
  }
  if (!said.normalisation) return Unfit("no normalisation is given for its FLOAT32 input");
  const std::vector<float>& mean = said.normalisation->mean;
  const std::vector<float>& deviation = said.normalisation->deviation;
  const auto fits = [&](const std::vector<float>& numbers) {
    return numbers.size() == 1 || numbers.size() == channels;
  };
  if (!fits(mean) || !fits(deviation)) {
    return Unfit("normalisation: " + std::to_string(mean.size()) + " means and " +
                 std::to_string(deviation.size()) + " deviations, expected 1 or " +
                 std::to_string(channels));
  }
  for (size_t channel = 0; channel < channels; ++channel) {
    card.mean[channel] = mean[mean.size() == 1 ? 0 : channel];
    card.scale[channel] = 1 / deviation[deviation.size() == 1 ? 0 : channel];
    if (!std::isfinite(card.mean[channel]) || !std::isfinite(card.scale[channel])) {
      return Unfit("normalisation: a mean or deviation is not a number, or a deviation is 0");
    }
  }
  return {};
}

Result<vision::InputCard> InputOf(const model::Graph& graph, const ModelMetadata& metadata) {
  if (graph.inputs.size() != 1 || metadata.inputs.size() != 1) {
    return Unfit("a picture fills one input; it describes " +
                 std::to_string(metadata.inputs.size()) + ", the model has " +
                 std::to_string(graph.inputs.size()));
  }
  const TensorMetadata& said = metadata.inputs[0];
  const TensorInfo& tensor = TensorAt(graph, graph.inputs[0]);
  if (said.content.kind != Content::Kind::kImage) {
    return Unfit("its input is no picture but " +
                 std::string(model::ContentName(said.content.kind)));
  }
  if (tensor.shape.rank() != 4) {
    return Unfit("its input is " + tensor.shape.ToString() +
                 ", expected [1, height, width, channels]");
  }
  if (const Shape signature = tensor.shape_signature(); signature[1] < 0 || signature[2] < 0) {
    return Unfit("its input leaves the picture's size free: " + signature.ToString());
  }
  vision::InputCard card;
  const bool grey = said.content.colour == Content::Colour::kGrey ||
                    (said.content.colour == Content::Colour::kUnknown && tensor.shape[3] == 1);
  card.colour = grey ? vision::ColourOrder::kGrey : vision::ColourOrder::kRgb;
  BRINK_ASSIGN(const vision::InputSize size,
               vision::CheckInput(card, tensor.type, tensor.shape, tensor.quantization.Copy()));
  card.width = size.width;
  card.height = size.height;
  BRINK_TRY(Normalise(said, tensor, static_cast<size_t>(size.channels), card));
  return card;
}

// The labels of a file behind the model. As LiteRT's Task Library has it, a label stands for the
// class of its line, "???" too; a class whose line is empty has none.
Result<std::vector<std::string>> LabelsOf(const model::Model& model,
                                          const model::AssociatedFile& file) {
  BRINK_ASSIGN(const std::string text,
               model::ReadAssociatedFile(model, file.name, kMaxLabelFileBytes));
  BRINK_ASSIGN(std::vector<std::string> labels,
               vision::ParseLabels(text, WithoutControls(file.name)));
  for (size_t k = 0; k < labels.size(); ++k) {
    labels[k] = labels[k].empty() ? std::to_string(k) : WithoutControls(std::move(labels[k]));
  }
  return labels;
}

// Whether the decoder can read the graph's outputs at `places`, as far as their declared types and
// shapes tell.
Status CheckOutputs(const vision::Card& card, const model::Graph& graph,
                    std::span<const size_t> places) {
  std::vector<Shape> shapes;
  for (const size_t place : places) {
    const TensorInfo& tensor = TensorAt(graph, graph.outputs[place]);
    BRINK_TRY(vision::CheckFloats(tensor.type, tensor.quantization.Copy()));
    shapes.push_back(tensor.shape);
  }
  return vision::CheckOutputs(card, shapes);
}

// A classifier's decoder and labels, where the model is one.
Status AddClassifier(const model::Model& model, const ModelMetadata& metadata, vision::Card& card) {
  const model::Graph& graph = model.graphs[0];
  if (graph.outputs.size() != 1 || metadata.outputs.size() != 1) return {};
  const auto* file = metadata.outputs[0].FileOf(FileType::kTensorAxisLabels);
  const TensorInfo& tensor = TensorAt(graph, graph.outputs[0]);
  if (file == nullptr || tensor.shape.rank() != 2) return {};
  BRINK_ASSIGN(card.labels, LabelsOf(model, *file));
  card.decoder = vision::ClassifyDecoder{.scores = std::string(tensor.name)};
  return CheckOutputs(card, graph, std::array<size_t, 1>{0});
}

// Where a detector's outputs stand among the graph's: locations, categories, scores, their number.
struct Places {
  std::array<size_t, 4> places{0, 1, 2, 3};
  bool by_operator = false;  // the operator itself says so, whose answer has one form
};

// The outputs of the detection operator, where they are the graph's.
std::optional<Places> PlacesByOperator(const model::Graph& graph) {
  for (const model::Node& node : graph.nodes) {
    if (node.custom_name != kDetectionOperator || node.outputs.size() != 4) continue;
    Places found{.by_operator = true};
    for (size_t k = 0; k < 4; ++k) {
      const auto at = std::ranges::find(graph.outputs, node.outputs[k]);
      if (at == graph.outputs.end()) return std::nullopt;
      found.places[k] = static_cast<size_t>(at - graph.outputs.begin());
    }
    return found;
  }
  return std::nullopt;
}

// By the names that TFLite's metadata tools give them, else in the operator's order.
Places PlacesByName(const ModelMetadata& metadata) {
  constexpr std::array kNames = {"location", "category", "score", "number of detections"};
  Places found;
  for (size_t k = 0; k < kNames.size(); ++k) {
    const auto at = std::ranges::find_if(
        metadata.outputs, [&](const TensorMetadata& output) { return output.name == kNames[k]; });
    if (at == metadata.outputs.end()) return {};
    found.places[k] = static_cast<size_t>(at - metadata.outputs.begin());
  }
  return found;
}

// Whether boxes are as the operator writes them: ymin, xmin, ymax, xmax, relative to the picture.
Status CheckBoxes(const Content& boxes) {
  const bool ordered = boxes.box_order == std::vector<uint32_t>{1, 0, 3, 2};
  if (boxes.box == Content::Box::kBoundaries && ordered && !boxes.box_in_pixels) return {};
  return Unfit("its boxes are not top, left, bottom, right relative to the picture");
}

// The four tensors must be told apart by their names.
Status NameOutputs(const model::Graph& graph, const Places& found,
                   vision::PostProcessDecoder& decoder) {
  std::set<std::string> names;
  for (const int tensor : graph.outputs) names.emplace(TensorAt(graph, tensor).name);
  if (names.size() != 4 || names.contains("")) {
    return Unfit("its outputs do not have names of their own");
  }
  const auto name = [&](size_t k) { return TensorAt(graph, graph.outputs[found.places[k]]).name; };
  decoder.boxes = name(0);
  decoder.classes = name(1);
  decoder.scores = name(2);
  decoder.count = name(3);
  return {};
}

// A detector's decoder and labels, where the model is one.
Status AddDetector(const model::Model& model, const ModelMetadata& metadata, vision::Card& card) {
  const model::Graph& graph = model.graphs[0];
  if (graph.outputs.size() != 4 || metadata.outputs.size() != 4) return {};
  const auto by_operator = PlacesByOperator(graph);
  const Places found = by_operator ? *by_operator : PlacesByName(metadata);
  const Content& boxes = metadata.outputs[found.places[0]].content;
  if (!found.by_operator && boxes.kind != Content::Kind::kBoundingBox) return {};
  if (!found.by_operator) BRINK_TRY(CheckBoxes(boxes));
  vision::PostProcessDecoder decoder;
  BRINK_TRY(NameOutputs(graph, found, decoder));
  const auto threshold = metadata.outputs[found.places[2]].score_threshold;
  if (threshold && std::isnan(*threshold)) return Unfit("its score threshold is not a number");
  if (threshold) decoder.score_threshold = std::clamp(*threshold, 0.f, 1.f);
  card.decoder = decoder;
  if (const auto* file = metadata.outputs[found.places[1]].FileOf(FileType::kTensorValueLabels)) {
    BRINK_ASSIGN(card.labels, LabelsOf(model, *file));
  }
  // Shapes of the operator's outputs are often left out of the file.
  return found.by_operator ? Status() : CheckOutputs(card, graph, found.places);
}

}  // namespace

Result<std::optional<vision::Card>> MetadataCard(const model::Model& model,
                                                 const std::string& name) {
  BRINK_ASSIGN(const std::optional<ModelMetadata> metadata, model::ReadModelMetadata(model));
  if (!metadata) return std::optional<vision::Card>();
  vision::Card card{.name = metadata->name.empty() ? name : WithoutControls(metadata->name)};
  BRINK_ASSIGN(card.input, InputOf(model.graphs[0], *metadata));
  BRINK_TRY(AddClassifier(model, *metadata, card));
  BRINK_TRY(AddDetector(model, *metadata, card));
  return std::optional(std::move(card));
}

Result<ModelCard> FindModelCard(const std::string& path, const model::Model& model,
                                std::string_view sha256, const std::string& card_path) {
  ModelCard found;
  BRINK_ASSIGN(found.card, vision::FindCard(path, sha256, card_path));
  if (found.card) return found;
  auto card = MetadataCard(model, std::filesystem::path(path).stem().string());
  if (!card) {
    found.unfit = std::move(card.error().message);
  } else if (*card) {
    found.card = vision::FoundCard{std::move(**card), kMetadataSource};
  }
  return found;
}

std::string DropUnfitMetadataCard(std::optional<vision::FoundCard>& card,
                                  const engine::Plan& plan) {
  if (!card || card->source != kMetadataSource) return "";
  const auto pipeline = PicturePipeline::Create(plan, card->card);
  if (pipeline) return "";
  card.reset();
  return pipeline.error().message;
}

}  // namespace brink::serving
