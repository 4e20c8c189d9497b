#include "brink/model/metadata.h"

#include <algorithm>
#include <cstring>

#include "brink/base/utf8.h"
#include "brink/model/file_pages.h"
#include "brink/model/printable.h"
#include "brink/model/zip.h"
#include "schema/tflite_metadata_generated.h"

namespace brink::model {
namespace {

namespace wire = metadata_wire;
using flatbuffers::Offset;
using flatbuffers::Vector;

// Of the flatbuffer, and of what is read out of it: its parts may overlap, so that a small one can
// name the same long text a million times.
constexpr size_t kMostBytes = size_t{16} << 20;

constexpr std::array<std::string_view, 7> kFileTypes = {"UNKNOWN",
                                                        "DESCRIPTIONS",
                                                        "TENSOR_AXIS_LABELS",
                                                        "TENSOR_VALUE_LABELS",
                                                        "TENSOR_AXIS_SCORE_CALIBRATION",
                                                        "VOCABULARY",
                                                        "SCANN_INDEX_FILE"};
constexpr std::array<std::string_view, 5> kContents = {"unknown", "feature", "image",
                                                       "bounding box", "audio"};

// A number of the file as the enumerator that it stands for; one that brink does not know is 0.
template <class Enum>
Enum Known(int number, Enum last) {
  return number > 0 && number <= static_cast<int>(last) ? static_cast<Enum>(number) : Enum{};
}

// Reads verified tables into plain structs, within an allowance.
class Reader {
 public:
  Result<ModelMetadata> Read(const wire::ModelMetadata& from) {
    ModelMetadata model;
    BRINK_ASSIGN(model.name, Text(from.name()));
    BRINK_ASSIGN(model.description, Text(from.description()));
    BRINK_ASSIGN(model.version, Text(from.version()));
    BRINK_ASSIGN(model.author, Text(from.author()));
    BRINK_ASSIGN(model.license, Text(from.license()));
    BRINK_ASSIGN(model.min_parser_version, Text(from.min_parser_version()));
    BRINK_TRY(AddFiles(from.associated_files(), model.files));
    const auto* graphs = from.subgraph_metadata();
    if (graphs == nullptr || graphs->size() == 0) return model;
    const wire::SubGraphMetadata& main = *graphs->Get(0);
    BRINK_ASSIGN(model.inputs, Tensors(main.input_tensor_metadata()));
    BRINK_ASSIGN(model.outputs, Tensors(main.output_tensor_metadata()));
    BRINK_TRY(AddFiles(main.associated_files(), model.files));
    return model;
  }

 private:
  Status Charge(size_t bytes) {
    if (bytes > allowance_) {
      return Fail(Code::kResourceExhausted, "its parts overlap: read out, they are more than " +
                                                std::to_string(kMostBytes) + " bytes");
    }
    allowance_ -= bytes;
    return {};
  }

  Result<std::string> Text(const flatbuffers::String* text) {
    if (text == nullptr) return std::string();
    BRINK_TRY(Charge(text->size()));
    if (!utf8::IsValid(text->string_view())) {
      return Fail(Code::kDataLoss, Quoted(text->string_view()) + " is not UTF-8 text");
    }
    return text->str();
  }

  template <class T>
  Result<std::vector<T>> Numbers(const Vector<T>* vector) {
    if (vector == nullptr || vector->size() == 0) return std::vector<T>();
    const size_t bytes = vector->size() * sizeof(T);
    BRINK_TRY(Charge(bytes));
    std::vector<T> numbers(vector->size());
    std::memcpy(numbers.data(), vector->Data(), bytes);
    return numbers;
  }

  Status AddFiles(const Vector<Offset<wire::AssociatedFile>>* from,
                  std::vector<AssociatedFile>& files) {
    if (from == nullptr) return {};
    for (const wire::AssociatedFile* one : *from) {
      BRINK_TRY(Charge(sizeof(AssociatedFile)));
      AssociatedFile file;
      BRINK_ASSIGN(file.name, Text(one->name()));
      BRINK_ASSIGN(file.description, Text(one->description()));
      BRINK_ASSIGN(file.locale, Text(one->locale()));
      file.type = Known(one->type(), FileType::kScannIndexFile);
      files.push_back(std::move(file));
    }
    return {};
  }

  Status ReadBox(const wire::BoundingBoxProperties& from, Content& content) {
    BRINK_ASSIGN(content.box_order, Numbers(from.index()));
    content.box = Known(from.type(), Content::Box::kCentre);
    content.box_in_pixels = from.coordinate_type() != 0;
    return {};
  }

  Result<Content> ReadContent(const wire::Content* from) {
    Content content;
    if (from == nullptr) return content;
    content.kind = Known(static_cast<int>(from->content_properties_type()), Content::Kind::kAudio);
    if (const auto* image = from->content_properties_as_ImageProperties()) {
      content.colour = Known(image->color_space(), Content::Colour::kGrey);
      const auto* size = image->default_size();
      content.width = size == nullptr ? 0 : size->width();
      content.height = size == nullptr ? 0 : size->height();
    }
    if (const auto* box = from->content_properties_as_BoundingBoxProperties()) {
      BRINK_TRY(ReadBox(*box, content));
    }
    if (const auto* range = from->range()) content.dimensions = {range->min(), range->max()};
    return content;
  }

  // The first unit of each kind counts.
  Status ReadUnits(const Vector<Offset<wire::ProcessUnit>>* units, TensorMetadata& tensor) {
    if (units == nullptr) return {};
    for (const wire::ProcessUnit* unit : *units) {
      if (const auto* by = unit->options_as_NormalizationOptions(); by && !tensor.normalisation) {
        Normalisation normalisation;
        BRINK_ASSIGN(normalisation.mean, Numbers(by->mean()));
        BRINK_ASSIGN(normalisation.deviation, Numbers(by->std()));
        tensor.normalisation = std::move(normalisation);
      }
      if (const auto* by = unit->options_as_ScoreThresholdingOptions();
          by && !tensor.score_threshold) {
        tensor.score_threshold = by->global_score_threshold();
      }
      tensor.is_calibrated |= unit->options_as_ScoreCalibrationOptions() != nullptr;
    }
    return {};
  }

  Result<TensorMetadata> ReadTensor(const wire::TensorMetadata& from) {
    BRINK_TRY(Charge(sizeof(TensorMetadata)));
    TensorMetadata tensor;
    BRINK_ASSIGN(tensor.name, Text(from.name()));
    BRINK_ASSIGN(tensor.description, Text(from.description()));
    BRINK_ASSIGN(tensor.content, ReadContent(from.content()));
    BRINK_TRY(ReadUnits(from.process_units(), tensor));
    if (const auto* stats = from.stats()) {
      BRINK_ASSIGN(tensor.min, Numbers(stats->min()));
      BRINK_ASSIGN(tensor.max, Numbers(stats->max()));
    }
    BRINK_TRY(AddFiles(from.associated_files(), tensor.files));
    return tensor;
  }

  Result<std::vector<TensorMetadata>> Tensors(const Vector<Offset<wire::TensorMetadata>>* from) {
    std::vector<TensorMetadata> tensors;
    if (from == nullptr) return tensors;
    for (const wire::TensorMetadata* one : *from) {
      BRINK_ASSIGN(tensors.emplace_back(), ReadTensor(*one));
    }
    return tensors;
  }

  size_t allowance_ = kMostBytes;
};

Status CheckStart(std::span<const std::byte> bytes) {
  if (bytes.size() > kMostBytes) {
    return Fail(Code::kResourceExhausted, std::to_string(bytes.size()) + " bytes, at most " +
                                              std::to_string(kMostBytes) + " are read");
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string_view identifier = text.substr(std::min<size_t>(text.size(), 4), 4);
  if (identifier == wire::ModelMetadataIdentifier()) return {};
  return Fail(Code::kInvalidArgument,
              "bytes 4 to 7 are " + Quoted(identifier) + ", expected 'M001'");
}

Result<ModelMetadata> Parse(std::span<const std::byte> bytes) {
  BRINK_TRY(CheckStart(bytes));
  // A copy, because flatbuffers reads aligned numbers: in the model's file it may lie anywhere.
  const std::vector<std::byte> aligned(bytes.begin(), bytes.end());
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(aligned.data()), aligned.size());
  if (!wire::VerifyModelMetadataBuffer(verifier)) {
    return Fail(Code::kDataLoss, "truncated or corrupt: its tables reach outside its " +
                                     std::to_string(bytes.size()) + " bytes");
  }
  return Reader().Read(*wire::GetModelMetadata(aligned.data()));
}

}  // namespace

std::string_view FileTypeName(FileType type) { return kFileTypes[static_cast<size_t>(type)]; }

std::string_view ContentName(Content::Kind kind) { return kContents[static_cast<size_t>(kind)]; }

const AssociatedFile* TensorMetadata::FileOf(FileType type) const {
  const auto found =
      std::ranges::find_if(files, [&](const AssociatedFile& file) { return file.type == type; });
  return found == files.end() ? nullptr : &*found;
}

Result<ModelMetadata> ParseModelMetadata(std::span<const std::byte> bytes) {
  auto metadata = Parse(bytes);
  if (!metadata) return Fail(metadata.error().Within("metadata " + std::string(kMetadataEntry)));
  return metadata;
}

Result<std::optional<ModelMetadata>> ReadModelMetadata(const Model& model) {
  for (const Metadata& entry : model.metadata) {
    if (entry.name != kMetadataEntry) continue;
    BRINK_ASSIGN(ModelMetadata metadata, ParseModelMetadata(entry.data));
    return std::optional(std::move(metadata));
  }
  return std::optional<ModelMetadata>();
}

Result<std::string> ReadAssociatedFile(const Model& model, std::string_view name,
                                       size_t limit_bytes) {
  const std::span<const std::byte> file = FileBytes(model);
  BRINK_ASSIGN(const std::vector<ZipEntry> entries, ListZip(file));
  for (const ZipEntry& entry : entries) {
    if (entry.name == name) return ReadZipEntry(file, entry, limit_bytes);
  }
  return Fail(Code::kNotFound, Quoted(name) + " is not in an archive behind the model");
}

}  // namespace brink::model
