// The mask model without its weights: takes what the model takes, refuses what it refuses, and
// answers what a test tells it to.
#pragma once

#include <memory>

#include "brink/api/component.h"
#include "brink/tensor/tensor.h"

namespace brink::testing {

class FakeModel : public api::Component {
 public:
  Result<api::Answer> Predict(api::Message input) override;

  Tensor next_answer;  // copied into each answer
  Tensor last_input;   // FLOAT32 [1, 260, 260, 3] of the last request that fitted
};

}  // namespace brink::testing
