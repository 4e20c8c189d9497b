// google.protobuf.Value and ListValue as JSON values and as arrays. Private to protocols/: it shows
// protobuf's types.
#pragma once

#include <google/protobuf/struct.pb.h>

#include "brink/api/message.h"
#include "brink/base/json.h"
#include "brink/base/result.h"

namespace brink::protocols::seldon_v1 {

// Numbers are doubles: the wire has no integers here.
json::Value FromProto(const google::protobuf::Value& value);
void ToProto(const json::Value& value, google::protobuf::Value& out);

// An ndarray: nested lists as one array, by numpy's rules (api/ndarray.h). Lists of numbers become
// a FLOAT64 tensor without a detour.
Result<api::Payload> ArrayFromProto(const google::protobuf::ListValue& list);

// Whether all strings of a kString tensor are UTF-8, as protobuf's must be.
bool AreTexts(const Tensor& tensor);

// A tensor, whose strings are texts, or an array of objects, as nested lists. A tensor of rank 0
// has no list to be in: kInvalidArgument.
Status ArrayToProto(const Tensor& tensor, google::protobuf::ListValue& out);
Status ArrayToProto(const api::Objects& objects, google::protobuf::ListValue& out);

}  // namespace brink::protocols::seldon_v1
