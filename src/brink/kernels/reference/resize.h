// The oracle of the resize kernels.
#pragma once

#include "brink/kernels/resize.h"

namespace brink::kernels::reference {

void ResizeBilinear(const ResizeProblem& problem, Type type, const void* input, void* output);
void ResizeNearest(const ResizeProblem& problem, size_t element_bytes, const void* input,
                   void* output);

}  // namespace brink::kernels::reference
