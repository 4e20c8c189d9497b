// What metadata and answers of the Open Inference Protocol say of one tensor: name, datatype,
// shape. Only for this folder's sources.
#pragma once

#include <string>
#include <string_view>

#include "brink/api/predictor.h"
#include "brink/base/json.h"
#include "brink/base/result.h"

namespace brink::protocols::open_inference {

// A peer's text, cut to what a message bears.
std::string Shown(std::string_view text);

// The object's list `key`; an empty one where it has none. kDataLoss where it is something else.
Result<const json::Array*> ListIn(const json::Value& object, std::string_view key);

// {"name", "datatype", "shape"}: a dimension of -1 stays. kDataLoss says which of them is missing
// or wrong, `what` ("output") and the name first.
Result<api::TensorDescription> ReadTensorHead(const json::Value& item, const std::string& what);

}  // namespace brink::protocols::open_inference
