// SeldonMessage as an api::Message and back. Private to protocols/: it shows protobuf's types.
#pragma once

#include "brink/api/message.h"
#include "brink/base/result.h"
#include "brink/protocols/seldon_v1/message.h"
#include "seldon/prediction.pb.h"

namespace brink::protocols::seldon_v1 {

// The message's status is not kept: it says something of an answer, and this is a request.
Result<WireMessage> MessageFromProto(const seldon::protos::SeldonMessage& proto);

// A numeric array is written in the answer's form; arrays of strings, booleans and objects are
// always ndarrays.
Status AnswerToProto(const WireAnswer& answer, seldon::protos::SeldonMessage& out);

}  // namespace brink::protocols::seldon_v1
