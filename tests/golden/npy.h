// Reads arrays that numpy saved (numpy.lib.format: ".npy").
#pragma once

#include <string>

#include "brink/base/result.h"
#include "brink/tensor/tensor.h"

namespace brink::golden {

// Little-endian, C order, of the element types that tensors have.
Result<Tensor> ReadNpy(const std::string& path);

}  // namespace brink::golden
