// The fast path of every numeric request: nested lists of numbers straight from JSON text into a
// tensor, without a tree between.
#pragma once

#include <optional>

#include "brink/base/json_scanner.h"
#include "brink/tensor/tensor.h"

namespace brink::protocols::seldon_v1 {

// Consumes the array that is next and gives it as INT64 (all numbers are integers of 64 bits) or
// FLOAT64, as api::FromNested would. Anything else (a string, a null, an empty list, ragged lists,
// wrong JSON ...) gives nullopt and consumes nothing: the tree then says what it is.
std::optional<Tensor> ScanNumericArray(json::Scanner& scanner);

}  // namespace brink::protocols::seldon_v1
