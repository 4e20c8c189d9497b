#pragma once

#include "brink/api/component.h"

namespace brink::testing {

// strData, jsonData {"k": ...} or the first element of an array names the kind of answer it gives.
class Types : public api::Component {
 public:
  Result<api::Answer> Predict(api::Message input) override;
};

}  // namespace brink::testing
