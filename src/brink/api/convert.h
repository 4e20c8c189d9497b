// A payload as the tensor that a model wants, by the rules of numpy's np.float32(X) and its like:
// the client says numbers, the model says their type.
#pragma once

#include <optional>
#include <string_view>

#include "brink/api/message.h"
#include "brink/base/result.h"
#include "brink/tensor/tensor.h"

namespace brink::api {

// The payload's one tensor with elements of type `wanted`. Taken are `data` of any kind, jsonData
// that is a list or a number. Numbers, booleans and numeric strings ("1.5", "nan") become floats,
// rounded to nearest, beyond the range infinite; null becomes NaN. For an integer type each element
// must be whole and in range, for BOOL non-zero is true, for STRING elements must be strings. The
// shape is the client's: to compare it with the model's is the caller's part.
// Errors are kInvalidArgument and name the payload's kind or the element's index, never its value.
Result<Tensor> ToTensor(const Payload& payload, Type wanted);
Result<Tensor> ToTensor(Payload&& payload, Type wanted);  // moves the tensor when its type is right

// The same for one tensor.
Result<Tensor> Convert(const Tensor& tensor, Type wanted);

// Convert into memory that is there (a session's input): `into` has as many elements as `tensor`
// (asserted) and a type of fixed size.
Status ConvertInto(const Tensor& tensor, TensorView into);

// Python's float(text): surrounding white space, a sign, "inf", "nan", digits with single
// underscores between them.
std::optional<double> ParseFloat(std::string_view text);

}  // namespace brink::api
