// Seldon's JSON into requests.
#pragma once

#include "brink/base/json.h"
#include "brink/base/result.h"
#include "brink/protocols/seldon_v1/message.h"
#include "brink/protocols/seldon_v1/request_source.h"

namespace brink::protocols::seldon_v1 {

// The request that a source means for a method: a SeldonMessage, for kAggregate a SeldonMessageList
// (or a bare list), for kSendFeedback a Feedback, read as strictly as protobuf's JSON is.
// NaN, Infinity and integers of any size pass; of equal keys the last counts; unknown keys are
// ignored (but for feedback). Errors are kInvalidArgument, say where, and never repeat the input.
Result<WireRequest> DecodeRequest(api::Method method, const Source& source);

// The whole request as a tree, for components that take it raw. Files of a form become base64.
Result<json::Value> DecodeRaw(const Source& source);

}  // namespace brink::protocols::seldon_v1
