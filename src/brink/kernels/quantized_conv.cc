#include "brink/kernels/quantized_conv.h"

#include <vector>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/quantized_banded_conv.h"
#include "brink/kernels/quantized_depthwise_conv.h"
#include "brink/kernels/quantized_direct_conv.h"
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
        QuantizedBandedConvEntry(),
        QuantizedDirectConvEntry(),
        QuantizedDepthwiseConvEntry(),
        reference::QuantizedConvEntry(),
    };
  });
}

const QuantizedConvKernel& ChooseQuantizedConv(const QuantizedConvProblem& problem, int threads) {
  const QuantizedConvKernel* best = nullptr;
  double best_cost = 0;
  for (const QuantizedConvKernel& kernel : QuantizedConvKernels()) {
    if (!kernel.applies(problem)) continue;
    const double cost = kernel.cost(problem, threads);
    if (best == nullptr || cost < best_cost) {
      best = &kernel;
      best_cost = cost;
    }
  }
  return *best;
}

const QuantizedConvKernel* FindQuantizedConv(std::string_view name) {
  for (const QuantizedConvKernel& kernel : QuantizedConvKernels()) {
    if (kernel.name == name) return &kernel;
  }
  return nullptr;
}

}  // namespace brink::kernels
