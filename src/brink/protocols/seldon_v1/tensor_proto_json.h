// TensorFlow's TensorProto in protobuf's JSON form: Seldon's data.tftensor. Fields and their
// meaning: tensorflow/core/framework/tensor.proto, types.proto; padding as tf.make_ndarray does.
#pragma once

#include <string>

#include "brink/base/json_scanner.h"
#include "brink/base/result.h"
#include "brink/tensor/tensor.h"

namespace brink::protocols::seldon_v1 {

// Consumes the object that is next. Names in camelCase or snake_case, dtype by name or number,
// 64-bit integers as strings or numbers. A list of values that is too short repeats its last one,
// an empty one means zeros; too long a list, unknown fields and types without a JSON meaning here
// (complex, quantised, resources) are errors.
Result<Tensor> ReadTensorProto(json::Scanner& scanner);

// Appends the object with sorted keys: tensorContent for more than one element, the typed list for
// one. Fails for types that have no dtype.
Status AppendTensorProto(std::string& out, const Tensor& tensor);

}  // namespace brink::protocols::seldon_v1
