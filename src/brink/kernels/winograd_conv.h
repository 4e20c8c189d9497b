// 3x3 convolution of stride 1 by Winograd's minimal filtering: transforms of input tiles, one
// matrix product for each position of a transformed tile, transforms back. F(4x4) takes a quarter
// of the direct kernel's multiplications. docs/adr/0001-winograd.md has the choice of points and of
// groups of tiles.
#pragma once

#include <vector>

#include "brink/kernels/conv.h"

namespace brink::kernels {

// The table entries of the CPU target in use: winograd2, winograd4, winograd6.
std::vector<ConvKernel> WinogradConvEntries();

}  // namespace brink::kernels
