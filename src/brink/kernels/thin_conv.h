// 3x3 convolution of stride 1 over few input channels (the first layer of many networks) by F(4x4):
// each tile's products stay in registers from the multiplication to the output, pooled on demand.
#pragma once

#include "brink/kernels/conv.h"

namespace brink::kernels {

// The table entry of the CPU target in use.
ConvKernel ThinConvEntry();

}  // namespace brink::kernels
