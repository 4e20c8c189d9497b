// SeldonMessage between wire and predictor, in the terms that JSON and protobuf share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "brink/api/message.h"
#include "brink/api/predictor.h"

namespace brink::protocols::seldon_v1 {

// The form in which `data` was sent: a numeric answer takes the same one.
enum class DataForm { kNone, kTensor, kNdarray, kTftensor };

struct WireMessage {
  api::Message message;
  DataForm form = DataForm::kNone;  // kNone: the request had no `data`
};

struct WireRequest {
  api::InferRequest infer;
  DataForm form = DataForm::kNone;  // of the first message for an aggregate
};

// An answer ready to be written: the payload is one of Tensors (with one item), Objects, Bytes,
// Text or a json::Object, the meta is merged.
struct WireAnswer {
  api::Message message;
  DataForm form = DataForm::kTensor;
  std::vector<std::string> names;  // data.names
  int64_t generated_names = 0;     // above 0: data.names are t:0 ... instead
};

}  // namespace brink::protocols::seldon_v1
