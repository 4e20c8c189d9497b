#include "metadata_report.h"

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "brink/model/file_pages.h"
#include "brink/model/metadata.h"
#include "brink/model/zip.h"
#include "brink/vision/labels.h"
#include "report_words.h"

namespace brink::apps {
namespace {

using model::AssociatedFile;
using model::ModelMetadata;
using model::TensorMetadata;

constexpr size_t kMaxLabelFileBytes = size_t{4} << 20;

// How many labels the label files of a model have. Each file is read once: metadata may name it any
// number of times.
class LabelCounts {
 public:
  explicit LabelCounts(const model::Model& model) : model_(model) {}

  // Nothing for a file that holds other things, and for one that cannot be read.
  std::optional<size_t> Of(const AssociatedFile& file) {
    if (file.type != model::FileType::kTensorAxisLabels &&
        file.type != model::FileType::kTensorValueLabels) {
      return std::nullopt;
    }
    const auto [place, is_new] = known_.try_emplace(file.name);
    if (is_new) place->second = Count(file.name);
    return place->second;
  }

 private:
  std::optional<size_t> Count(const std::string& name) const {
    const auto text = model::ReadAssociatedFile(model_, name, kMaxLabelFileBytes);
    if (!text) return std::nullopt;
    const auto labels = vision::ParseLabels(*text, name);
    return labels ? std::optional(labels->size()) : std::nullopt;
  }

  const model::Model& model_;
  std::map<std::string, std::optional<size_t>> known_;
};

std::string ColourName(model::Content::Colour colour) {
  if (colour == model::Content::Colour::kRgb) return "rgb";
  return colour == model::Content::Colour::kGrey ? "grey" : "unknown";
}

json::Value OrNull(const std::string& text) {
  return text.empty() ? json::Value() : json::Value(text);
}

json::Array Numbers(const std::vector<float>& numbers) {
  json::Array array;
  for (const float number : numbers) array.emplace_back(double{number});
  return array;
}

json::Array Files(LabelCounts& counts, const std::vector<AssociatedFile>& files) {
  json::Array array;
  for (const AssociatedFile& file : files) {
    const auto labels = counts.Of(file);
    array.emplace_back(json::Object{
        {"name", file.name},
        {"description", OrNull(file.description)},
        {"type", model::FileTypeName(file.type)},
        {"locale", OrNull(file.locale)},
        {"labels", labels ? json::Value(static_cast<int64_t>(*labels)) : json::Value()}});
  }
  return array;
}

json::Value BoxJson(const model::Content& content) {
  constexpr std::array<const char*, 4> kTypes = {"unknown", "boundaries", "upper left", "centre"};
  if (content.kind != model::Content::Kind::kBoundingBox) return nullptr;
  json::Array order;
  for (const uint32_t place : content.box_order) order.emplace_back(int64_t{place});
  return json::Object{{"type", kTypes[static_cast<size_t>(content.box)]},
                      {"order", std::move(order)},
                      {"pixels", content.box_in_pixels}};
}

json::Array Tensors(LabelCounts& counts, const std::vector<TensorMetadata>& tensors) {
  json::Array array;
  for (const TensorMetadata& tensor : tensors) {
    const auto& by = tensor.normalisation;
    const bool is_image = tensor.content.kind == model::Content::Kind::kImage;
    array.emplace_back(json::Object{
        {"name", OrNull(tensor.name)},
        {"description", OrNull(tensor.description)},
        {"content", model::ContentName(tensor.content.kind)},
        {"colour", is_image ? json::Value(ColourName(tensor.content.colour)) : json::Value()},
        {"box", BoxJson(tensor.content)},
        {"mean", by ? json::Value(Numbers(by->mean)) : json::Value()},
        {"deviation", by ? json::Value(Numbers(by->deviation)) : json::Value()},
        {"score_threshold",
         tensor.score_threshold ? json::Value(double{*tensor.score_threshold}) : json::Value()},
        {"min", Numbers(tensor.min)},
        {"max", Numbers(tensor.max)},
        {"files", Files(counts, tensor.files)}});
  }
  return array;
}

// What lies behind the model: names and sizes, or why that cannot be told.
json::Value ArchiveJson(const model::Model& model) {
  const auto entries = model::ListZip(model::FileBytes(model));
  if (!entries) return json::Object{{"error", entries.error().message}};
  json::Array array;
  for (const model::ZipEntry& entry : *entries) {
    array.emplace_back(json::Object{{"name", entry.name}, {"bytes", json::Value(entry.bytes)}});
  }
  return array;
}

std::string NameText(const std::string& name) { return name.empty() ? "unnamed" : Shown(name); }

std::string NumbersText(const std::vector<float>& numbers) {
  std::string text;
  for (const float number : numbers) text += (text.empty() ? "" : " ") + Number(double{number});
  return text;
}

std::string FilesText(LabelCounts& counts, const std::vector<AssociatedFile>& files) {
  std::string text;
  for (const AssociatedFile& file : files) {
    text += "    file     " + Shown(file.name) + "  " + std::string(model::FileTypeName(file.type));
    if (!file.locale.empty()) text += " " + Shown(file.locale);
    if (const auto labels = counts.Of(file)) text += "  " + std::to_string(*labels) + " labels";
    text += "\n";
  }
  return text;
}

std::string TensorText(LabelCounts& counts, const char* what, const TensorMetadata& tensor) {
  std::string text =
      what + NameText(tensor.name) + "  " + std::string(model::ContentName(tensor.content.kind));
  if (tensor.content.kind == model::Content::Kind::kImage) {
    text += " " + ColourName(tensor.content.colour);
  }
  if (tensor.normalisation) {
    text += "  mean " + NumbersText(tensor.normalisation->mean) + ", deviation " +
            NumbersText(tensor.normalisation->deviation);
  }
  if (!tensor.min.empty() && !tensor.max.empty()) {
    text += "  from " + NumbersText(tensor.min) + " to " + NumbersText(tensor.max);
  }
  if (tensor.score_threshold) text += "  threshold " + Number(double{*tensor.score_threshold});
  text += "\n";
  if (!tensor.description.empty()) text += "    " + Shown(tensor.description) + "\n";
  return text + FilesText(counts, tensor.files);
}

std::string ArchiveText(const model::Model& model) {
  const auto entries = model::ListZip(model::FileBytes(model));
  if (!entries) return "  archive    " + Shown(entries.error().message) + "\n";
  std::string text;
  for (const model::ZipEntry& entry : *entries) {
    text +=
        "  archive    " + Shown(entry.name) + "  " + Bytes(static_cast<size_t>(entry.bytes)) + "\n";
  }
  return text;
}

}  // namespace

json::Value MetadataJson(const model::Model& model) {
  const auto metadata = model::ReadModelMetadata(model);
  if (!metadata) return json::Object{{"error", metadata.error().message}};
  if (!*metadata) return nullptr;
  const ModelMetadata& said = **metadata;
  LabelCounts counts(model);
  return json::Object{{"name", OrNull(said.name)},
                      {"description", OrNull(said.description)},
                      {"version", OrNull(said.version)},
                      {"author", OrNull(said.author)},
                      {"license", OrNull(said.license)},
                      {"inputs", Tensors(counts, said.inputs)},
                      {"outputs", Tensors(counts, said.outputs)},
                      {"files", Files(counts, said.files)},
                      {"archive", ArchiveJson(model)}};
}

std::string MetadataText(const model::Model& model) {
  const auto metadata = model::ReadModelMetadata(model);
  if (!metadata) return "metadata     " + Shown(metadata.error().message) + "\n";
  if (!*metadata) return "";
  const ModelMetadata& said = **metadata;
  LabelCounts counts(model);
  std::string text = "metadata     " + NameText(said.name) + "\n";
  const auto add = [&](const char* what, const std::string& value) {
    if (!value.empty()) text += what + Shown(value) + "\n";
  };
  add("  about      ", said.description);
  add("  version    ", said.version);
  add("  author     ", said.author);
  add("  licence    ", said.license);
  for (const auto& tensor : said.inputs) text += TensorText(counts, "  input      ", tensor);
  for (const auto& tensor : said.outputs) text += TensorText(counts, "  output     ", tensor);
  return text + FilesText(counts, said.files) + ArchiveText(model);
}

}  // namespace brink::apps
