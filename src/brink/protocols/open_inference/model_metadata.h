// What a server of the Open Inference Protocol says of a model: GET v2/models/NAME.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "brink/api/predictor.h"
#include "brink/base/result.h"

namespace brink::protocols::open_inference {

struct ModelTensors {
  std::vector<api::TensorDescription> inputs;  // a dimension of -1, often the batch, varies
  std::vector<api::TensorDescription> outputs;
};

// The tensors in the answer's text, which may be anything. kDataLoss says what was expected.
Result<ModelTensors> DecodeModelTensors(std::string_view text);

// Why the server refuses, in the words of its answer ({"error": "..."}), cut where they are many;
// empty where it has none.
std::string ReasonIn(std::string_view text);

}  // namespace brink::protocols::open_inference
