// Tensors of any type, strings among them, as views that can be copied.
#pragma once

#include "brink/tensor/tensor.h"

namespace brink {

// All of a tensor's elements. The bytes of a kString view are an array of std::string objects:
// as<std::string>() reads them, CopyElements copies them.
TensorView ElementsOf(Tensor& tensor);
ConstTensorView ElementsOf(const Tensor& tensor);

// An owning copy of what such a view shows.
Tensor CopyOf(const ConstTensorView& view);

// Copies all elements, strings too; both have one type and as many elements (asserted) and do not
// overlap.
void CopyElements(const ConstTensorView& from, const TensorView& to);

}  // namespace brink
