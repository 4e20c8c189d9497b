// Convolution to few output channels (a first layer's, a mask's, a spectrogram's): vectors hold
// neighbouring output pixels instead of channels, of which there are too few to fill one.
#pragma once

#include "brink/kernels/conv.h"

namespace brink::kernels {

// The table entry of the CPU target in use.
ConvKernel PlanarConvEntry();

}  // namespace brink::kernels
