// Float32 convolution over depth, height and width, and the one that it transposes.
// Source: TFLite reference/conv3d.h and conv3d_transpose.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "brink/kernels/activation.h"
#include "brink/kernels/parallel.h"

namespace brink::kernels {

// How the window slides along depth, height or width.
struct Conv3dAxis {
  int64_t in = 1;
  int64_t out = 1;
  int64_t filter = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t pad = 0;  // zeros before the first element
};

// Input [batch, depth, height, width, in_channels], output [.., out_channels].
struct Conv3dProblem {
  int64_t batch = 1;
  int64_t in_channels = 1;
  int64_t out_channels = 1;
  std::array<Conv3dAxis, 3> axes;
  FloatRange range;
};

struct Conv3dArguments {
  const float* input = nullptr;
  const float* filter = nullptr;
  const float* bias = nullptr;  // [out_channels] or null
  float* output = nullptr;
};

// Filter [depth, height, width, in_channels, out_channels].
void Conv3d(const Conv3dProblem& problem, const Conv3dArguments& arguments,
            const Parallel& parallel);

// Filter [depth, height, width, out_channels, in_channels]; each input element, times the filter,
// is added where the window of a convolution from output to input would have read. `pad` is that
// convolution's.
void TransposedConv3d(const Conv3dProblem& problem, const Conv3dArguments& arguments,
                      const Parallel& parallel);

}  // namespace brink::kernels
