// Nested lists as numpy reads them: np.array(list) decides one shape and one element type for all,
// by the rules of numpy 1.26 that Seldon's Python server had.
#pragma once

#include "brink/api/message.h"
#include "brink/base/json.h"
#include "brink/base/result.h"

namespace brink::api {

// A list (or a single value: rank 0) as one array: Tensors with one nameless tensor of BOOL, INT64,
// UINT64, FLOAT64 or STRING, or Objects where numpy would take dtype=object. Booleans beside
// numbers become numbers, numbers beside strings become their Python text; int64 beside uint64
// becomes FLOAT64; an empty list is FLOAT64. Ragged lists and more than Shape::kMaxRank dimensions
// are errors.
Result<Payload> FromNested(const json::Value& nested);
Result<Payload> FromNested(json::Value&& nested);

// What a list that a component answers means on the wire: numbers of one type are an array, as
// FromNested has it; a list with anything else in it stays as it is, as Objects.
Result<Payload> FromAnsweredList(json::Value&& list);

// The shape of nested lists that FromNested has accepted.
Shape NestedShape(const json::Value& nested);

// The tensor as nested lists; a scalar for rank 0.
json::Value ToNested(const Tensor& tensor);

// One element (row-major index) of a tensor as JSON: floats widened to double.
json::Value ElementAt(const Tensor& tensor, int64_t index);

}  // namespace brink::api
