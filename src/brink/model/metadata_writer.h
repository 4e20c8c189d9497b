// Writes what model/metadata.h reads: for tests, and for tools that make models. Nothing is checked
// here.
//
//   b.Metadata(std::string(kMetadataEntry), WriteModelMetadata(metadata));
//   const auto file = AppendZip(b.Build(), labels);
#pragma once

#include <cstddef>
#include <vector>

#include "brink/model/metadata.h"

namespace brink::model {

// The bytes of a model's entry TFLITE_METADATA. The files of the model and of the main graph become
// the model's.
std::vector<std::byte> WriteModelMetadata(const ModelMetadata& metadata);

}  // namespace brink::model
