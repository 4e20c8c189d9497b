#include "brink/model/metadata_writer.h"

#include "brink/model/builder.h"
#include "schema/tflite_metadata_generated.h"

namespace brink::model {
namespace {

namespace wire = metadata_wire;
using flatbuffers::Offset;
using flatbuffers::Vector;

class Writer {
 public:
  std::vector<std::byte> Write(const ModelMetadata& metadata) {
    const auto inputs = Tensors(metadata.inputs);
    const auto outputs = Tensors(metadata.outputs);
    const std::vector graphs = {wire::CreateSubGraphMetadata(fbb_, 0, 0, inputs, outputs)};
    const auto graph_vector = fbb_.CreateVector(graphs);
    const auto name = Text(metadata.name);
    const auto description = Text(metadata.description);
    const auto version = Text(metadata.version);
    const auto author = Text(metadata.author);
    const auto license = Text(metadata.license);
    const auto files = Files(metadata.files);
    const auto min_parser_version = Text(metadata.min_parser_version);
    wire::FinishModelMetadataBuffer(
        fbb_, wire::CreateModelMetadata(fbb_, name, description, version, graph_vector, author,
                                        license, files, min_parser_version));
    return BytesOf(std::span<const uint8_t>(fbb_.GetBufferSpan()));
  }

 private:
  Offset<flatbuffers::String> Text(const std::string& text) {
    return text.empty() ? 0 : fbb_.CreateString(text);
  }
  template <class T>
  Offset<Vector<T>> Numbers(const std::vector<T>& numbers) {
    return numbers.empty() ? 0 : fbb_.CreateVector(numbers);
  }

  Offset<Vector<Offset<wire::AssociatedFile>>> Files(const std::vector<AssociatedFile>& files) {
    std::vector<Offset<wire::AssociatedFile>> offsets;
    for (const AssociatedFile& file : files) {
      const auto name = Text(file.name);
      const auto description = Text(file.description);
      const auto locale = Text(file.locale);
      offsets.push_back(wire::CreateAssociatedFile(fbb_, name, description,
                                                   static_cast<int8_t>(file.type), locale));
    }
    return Vectored(offsets);
  }

  template <class T>
  Offset<Vector<Offset<T>>> Vectored(const std::vector<Offset<T>>& offsets) {
    return offsets.empty() ? 0 : fbb_.CreateVector(offsets);
  }

  Offset<void> Properties(const Content& content) {
    if (content.kind == Content::Kind::kFeature) return wire::CreateFeatureProperties(fbb_).Union();
    if (content.kind == Content::Kind::kImage) {
      const auto size =
          content.width == 0 ? 0 : wire::CreateImageSize(fbb_, content.width, content.height);
      return wire::CreateImageProperties(fbb_, static_cast<int8_t>(content.colour), size).Union();
    }
    if (content.kind != Content::Kind::kBoundingBox) return 0;
    const auto order = Numbers(content.box_order);
    return wire::CreateBoundingBoxProperties(fbb_, order, static_cast<int8_t>(content.box),
                                             content.box_in_pixels ? 1 : 0)
        .Union();
  }

  Offset<wire::Content> WriteContent(const Content& content) {
    const auto properties = Properties(content);
    const auto range = content.dimensions ? wire::CreateValueRange(fbb_, (*content.dimensions)[0],
                                                                   (*content.dimensions)[1])
                                          : 0;
    const auto kind = static_cast<wire::ContentProperties>(
        properties.IsNull() ? 0 : static_cast<int>(content.kind));
    return wire::CreateContent(fbb_, kind, properties, range);
  }

  Offset<Vector<Offset<wire::ProcessUnit>>> Units(const TensorMetadata& tensor) {
    using Kind = wire::ProcessUnitOptions;
    std::vector<Offset<wire::ProcessUnit>> units;
    const auto add = [&](Kind kind, Offset<void> options) {
      units.push_back(wire::CreateProcessUnit(fbb_, kind, options));
    };
    if (tensor.normalisation) {
      const auto mean = Numbers(tensor.normalisation->mean);
      const auto deviation = Numbers(tensor.normalisation->deviation);
      add(Kind::NormalizationOptions,
          wire::CreateNormalizationOptions(fbb_, mean, deviation).Union());
    }
    if (tensor.score_threshold) {
      add(Kind::ScoreThresholdingOptions,
          wire::CreateScoreThresholdingOptions(fbb_, *tensor.score_threshold).Union());
    }
    if (tensor.is_calibrated) {
      add(Kind::ScoreCalibrationOptions, wire::CreateScoreCalibrationOptions(fbb_).Union());
    }
    return Vectored(units);
  }

  Offset<Vector<Offset<wire::TensorMetadata>>> Tensors(const std::vector<TensorMetadata>& tensors) {
    std::vector<Offset<wire::TensorMetadata>> offsets;
    for (const TensorMetadata& tensor : tensors) {
      const auto name = Text(tensor.name);
      const auto description = Text(tensor.description);
      const auto content = WriteContent(tensor.content);
      const auto units = Units(tensor);
      const auto max = Numbers(tensor.max);
      const auto min = Numbers(tensor.min);
      const auto stats = wire::CreateStats(fbb_, max, min);
      const auto files = Files(tensor.files);
      offsets.push_back(
          wire::CreateTensorMetadata(fbb_, name, description, content, units, stats, files));
    }
    return Vectored(offsets);
  }

  flatbuffers::FlatBufferBuilder fbb_;
};

}  // namespace

std::vector<std::byte> WriteModelMetadata(const ModelMetadata& metadata) {
  return Writer().Write(metadata);
}

}  // namespace brink::model
