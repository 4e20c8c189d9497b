// Arrays as numpy saves them (numpy.lib.format, version 1: ".npy").
#pragma once

#include <string>

#include "brink/base/result.h"
#include "brink/tensor/tensor.h"

namespace brink::verify {

// Little-endian, C order, of the element types that tensors have; at most 1 GiB.
Result<Tensor> ReadNpy(const std::string& path);

// Not of strings.
Status WriteNpy(const std::string& path, const Tensor& tensor);

}  // namespace brink::verify
