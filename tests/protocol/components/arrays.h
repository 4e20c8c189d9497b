// Payloads in few words.
#pragma once

#include <string_view>

#include "brink/api/message.h"

namespace brink::testing {

// The array that a list means: FromJson("[[1, 2.5]]").
api::Payload FromJson(std::string_view json);
api::Payload OneTensor(Tensor tensor);
// The tensor of `data`, or nullptr.
const Tensor* TensorOf(const api::Payload& payload);
// numpy's np.float64(X) of any array-like payload.
Result<Tensor> Doubles(const api::Payload& payload);
// numpy's np.size of a payload as feedback passes it: 0 where it is no array.
double SizeOf(const api::Payload& payload);

}  // namespace brink::testing
