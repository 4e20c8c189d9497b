// Whether a constant's bytes are what its type, shape and sparsity say. Internal to model/.
#pragma once

#include "brink/base/result.h"
#include "brink/model/graph.h"

namespace brink::model {

// Fine for a tensor without data. The shape is known. Sizes of sparse levels that the file leaves
// out are filled in.
Status CheckConstant(TensorInfo& tensor);

}  // namespace brink::model
