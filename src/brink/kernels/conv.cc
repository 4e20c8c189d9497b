#include "brink/kernels/conv.h"

#include <vector>

#include "brink/kernels/choose.h"
#include "brink/kernels/depthwise_conv.h"
#include "brink/kernels/direct_conv.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/planar_conv.h"
#include "brink/kernels/reference/conv.h"
#include "brink/kernels/thin_conv.h"
#include "brink/kernels/winograd_conv.h"

namespace brink::kernels {

ConvProblem FullyConnectedProblem(int rows, int in_channels, int out_channels, FloatRange range) {
  ConvProblem problem;
  problem.shape.in_width = rows;
  problem.shape.out_width = rows;
  problem.shape.in_channels = in_channels;
  problem.shape.out_channels = out_channels;
  problem.range = range;
  return problem;
}

int64_t OutputElements(const ConvProblem& problem) {
  const Conv2dShape& s = problem.shape;
  if (!problem.max_pool) return s.out_elements();
  const int64_t height = (int64_t{s.out_height} + 1) / 2;
  const int64_t width = (int64_t{s.out_width} + 1) / 2;
  return s.batch * height * width * s.out_channels;
}

std::span<const ConvKernel> ConvKernels() {
  static PerTarget<std::vector<ConvKernel>> tables;
  return tables.Get([] {
    std::vector<ConvKernel> kernels = WinogradConvEntries();
    kernels.push_back(ThinConvEntry());
    kernels.push_back(PlanarConvEntry());
    kernels.push_back(DepthwiseConvEntry());
    kernels.push_back(DirectConvEntry());
    kernels.push_back(reference::ConvEntry());
    return kernels;
  });
}

const ConvKernel& ChooseConv(const ConvProblem& problem, int threads, size_t most_packed) {
  return Choose(ConvKernels(), problem, threads, most_packed);
}

const ConvKernel* FindConv(std::string_view name) { return FindByName(ConvKernels(), name); }

}  // namespace brink::kernels
