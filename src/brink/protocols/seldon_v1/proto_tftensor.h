// TensorFlow's TensorProto as a tensor. Private to protocols/: it shows protobuf's types.
#pragma once

#include "brink/base/result.h"
#include "brink/tensor/tensor.h"
#include "tensorflow/tensor.pb.h"

namespace brink::protocols::seldon_v1 {

// Elements come from tensor_content or, when that is empty, from the list of the dtype, whose last
// element fills up a short list. kInvalidArgument when the shape is unknown, the sizes disagree or
// the dtype has no tensor here.
Result<Tensor> TensorFromProto(const tensorflow::TensorProto& proto);

// One element goes into the list of its dtype, more into tensor_content: what TensorFlow's
// make_tensor_proto writes. kInvalidArgument for types that TensorProto has no dtype for.
Status TensorToProto(const Tensor& tensor, tensorflow::TensorProto& out);

}  // namespace brink::protocols::seldon_v1
