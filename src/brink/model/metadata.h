// What a .tflite file says of itself (TFLite Model Metadata): who made it, what its inputs want and
// what its outputs mean, which files lie in the archive behind it. Read on demand: a model whose
// metadata is broken still runs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"
#include "brink/model/graph.h"

namespace brink::model {

inline constexpr std::string_view kMetadataEntry = "TFLITE_METADATA";  // of Model::metadata

// What an associated file is; numbers as in the metadata's schema.
enum class FileType : int8_t {
  kUnknown = 0,
  kDescriptions = 1,
  kTensorAxisLabels = 2,   // a label a place of the tensor
  kTensorValueLabels = 3,  // a label a value in the tensor
  kTensorAxisScoreCalibration = 4,
  kVocabulary = 5,
  kScannIndexFile = 6,
};
// "TENSOR_AXIS_LABELS".
std::string_view FileTypeName(FileType type);

struct AssociatedFile {
  std::string name;  // in the archive
  std::string description;
  FileType type = FileType::kUnknown;
  std::string locale;  // "en-US"; empty: none
};

// What a tensor's numbers are.
struct Content {
  enum class Kind : uint8_t { kUnknown, kFeature, kImage, kBoundingBox, kAudio };
  enum class Colour : int8_t { kUnknown, kRgb, kGrey };
  enum class Box : int8_t {
    kUnknown,
    kBoundaries,  // left, top, right, bottom
    kUpperLeft,   // x, y, width, height
    kCentre,      // likewise
  };
  Kind kind = Kind::kUnknown;
  Colour colour = Colour::kUnknown;  // of an image
  uint32_t width = 0;                // of an image whose tensor leaves the size free; 0: not said
  uint32_t height = 0;
  Box box = Box::kUnknown;
  std::vector<uint32_t>
      box_order;               // at each place, which of the box's four numbers; empty: in order
  bool box_in_pixels = false;  // else relative to the picture
  std::optional<std::array<int32_t, 2>> dimensions;  // the first and last that it is about
};
// "image".
std::string_view ContentName(Content::Kind kind);

// value = (x - mean) / deviation, one number for all channels or one a channel; for a quantised
// tensor the value is then quantised.
struct Normalisation {
  std::vector<float> mean;
  std::vector<float> deviation;
};

struct TensorMetadata {
  std::string name;
  std::string description;
  Content content;
  std::optional<Normalisation> normalisation;
  std::optional<float> score_threshold;
  bool is_calibrated = false;  // its scores are meant to go through a calibration file
  std::vector<float> min;      // of its values: one, or one a channel
  std::vector<float> max;
  std::vector<AssociatedFile> files;

  // The first file of that type; null when there is none.
  const AssociatedFile* FileOf(FileType type) const;
};

struct ModelMetadata {
  std::string name;
  std::string description;
  std::string version;
  std::string author;
  std::string license;
  std::string min_parser_version;
  std::vector<TensorMetadata> inputs;  // of the main graph, in its order
  std::vector<TensorMetadata> outputs;
  std::vector<AssociatedFile> files;  // of the model and of the main graph as wholes
};

// The model's metadata; nothing where its file has none. kDataLoss where its tables reach outside
// its bytes or text is not UTF-8, kInvalidArgument where it is something else,
// kResourceExhausted where it is, or unfolds to, more than 16 MiB.
Result<std::optional<ModelMetadata>> ReadModelMetadata(const Model& model);
// The same from the metadata entry's bytes, wherever they lie.
Result<ModelMetadata> ParseModelMetadata(std::span<const std::byte> bytes);

// The content of a file in the archive behind the model. kNotFound when there is none of that name;
// else the errors of ListZip and ReadZipEntry.
Result<std::string> ReadAssociatedFile(const Model& model, std::string_view name,
                                       size_t limit_bytes);

}  // namespace brink::model
