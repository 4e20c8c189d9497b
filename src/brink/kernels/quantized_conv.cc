#include "brink/kernels/quantized_conv.h"

#include <vector>

#include "brink/kernels/choose.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/quantized_banded_conv.h"
#include "brink/kernels/quantized_depthwise_conv.h"
#include "brink/kernels/quantized_direct_conv.h"
#include "brink/kernels/quantized_dot_depthwise.h"
#include "brink/kernels/quantized_flat_depthwise.h"
#include "brink/kernels/quantized_sliding_depthwise.h"
#include "brink/kernels/reference/conv.h"

namespace brink::kernels {

QuantizedConvProblem QuantizedFullyConnectedProblem(int rows, int in_channels, int out_channels) {
  QuantizedConvProblem problem;
  problem.shape.in_width = rows;
  problem.shape.out_width = rows;
  problem.shape.in_channels = in_channels;
  problem.shape.out_channels = out_channels;
  return problem;
}

std::span<const QuantizedConvKernel> QuantizedConvKernels() {
  static PerTarget<std::vector<QuantizedConvKernel>> tables;
  return tables.Get([] {
    return std::vector<QuantizedConvKernel>{
        QuantizedBandedConvEntry(),      QuantizedDirectConvEntry(),
        QuantizedFlatDepthwiseEntry(),   QuantizedSlidingDepthwiseEntry(),
        QuantizedDotDepthwiseEntry(),    QuantizedDepthwiseConvEntry(),
        reference::QuantizedConvEntry(),
    };
  });
}

const QuantizedConvKernel& ChooseQuantizedConv(const QuantizedConvProblem& problem, int threads) {
  return Choose(QuantizedConvKernels(), problem, threads);
}

const QuantizedConvKernel* FindQuantizedConv(std::string_view name) {
  return FindByName(QuantizedConvKernels(), name);
}

}  // namespace brink::kernels
