// The element types of the Open Inference Protocol by its names.
#pragma once

#include <optional>
#include <string_view>

#include "brink/tensor/type.h"

namespace brink::protocols::open_inference {

// "FP32"; empty for a type that the protocol lacks.
std::string_view DatatypeName(Type type);
// The type that a name means: BYTES is kString. Nothing for a name that the protocol lacks.
std::optional<Type> TypeOfDatatype(std::string_view name);

}  // namespace brink::protocols::open_inference
