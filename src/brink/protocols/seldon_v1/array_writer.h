// Tensors as JSON text: every number in Python's repr, floats of all widths as the doubles that
// they are.
#pragma once

#include <string>

#include "brink/tensor/tensor.h"

namespace brink::protocols::seldon_v1 {

// Nested lists; the bare element for rank 0. With `real`, integers are written as floats ("1.0").
void AppendNested(std::string& out, const Tensor& tensor, bool real);
// One flat list.
void AppendFlat(std::string& out, const Tensor& tensor, bool real);
// "t:0","t:1",... in brackets.
void AppendGeneratedNames(std::string& out, int64_t count);

}  // namespace brink::protocols::seldon_v1
