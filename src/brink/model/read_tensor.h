// One tensor of a .tflite file, checked by itself: type, shape, quantisation, sparsity, size of its
// constant. Internal to model/.
#pragma once

#include "brink/base/result.h"
#include "brink/model/graph.h"

namespace brink::model {

class WireFile;
namespace wire {
struct Tensor;
}

// Errors do not name the tensor; the caller knows its place.
Result<TensorInfo> ReadTensor(WireFile& file, const wire::Tensor& tensor);

}  // namespace brink::model
