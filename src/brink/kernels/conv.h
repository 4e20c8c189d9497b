// float32 convolution: CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED are one problem with several
// kernels that can serve it. A plan chooses a kernel, packs the weights for it once, and any number
// of threads run it on one packed copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "brink/kernels/activation.h"
#include "brink/kernels/parallel.h"
#include "brink/kernels/window.h"

namespace brink::kernels {

// How the model's file orders a filter.
enum class FilterLayout {
  kOhwi,  // CONV_2D [out_channels, height, width, in_channels / groups]; FULLY_CONNECTED [out, in]
  kHwo,   // DEPTHWISE_CONV_2D [1, height, width, out_channels]; groups is in_channels
};

struct ConvProblem {
  Conv2dShape shape;
  FilterLayout layout = FilterLayout::kOhwi;
  FloatRange range;  // the fused activation
  // A MAX_POOL_2D of 2x2 windows and stride 2 behind the activation. The shape stays the
  // convolution's; the output is [batch, ceil(out_height / 2), ceil(out_width / 2), out_channels],
  // and windows that reach over the edge take the cells inside.
  bool max_pool = false;
};

// Elements of the output, after pooling.
int64_t OutputElements(const ConvProblem& problem);

// A matrix product of [rows, in_channels] and the filter [out_channels, in_channels] as a
// convolution.
ConvProblem FullyConnectedProblem(int rows, int in_channels, int out_channels, FloatRange range);

struct ConvWeights {
  const float* filter = nullptr;
  const float* bias = nullptr;  // [out_channels], or null
};

// Packed weights and scratch are aligned to kTensorAlignment.
inline constexpr size_t kPackAlignment = 64;

struct ConvCall {
  const std::byte* packed = nullptr;  // what the same kernel's pack() wrote
  const float* input = nullptr;
  float* output = nullptr;       // does not overlap input
  std::byte* scratch = nullptr;  // scratch_bytes(); may be null when that is 0
  Parallel parallel;
};

// One way to compute a convolution, compiled for one CPU target. Pure: no state, any thread.
struct ConvKernel {
  const char* name;
  bool (*applies)(const ConvProblem&);
  // Estimated time in microseconds on a core of 100 GFLOP/s; only the order between kernels counts.
  double (*cost)(const ConvProblem&, int threads);
  size_t (*packed_bytes)(const ConvProblem&);
  void (*pack)(const ConvProblem&, const ConvWeights&, std::byte* packed);
  // What run() needs on any number of threads up to this.
  size_t (*scratch_bytes)(const ConvProblem&, int threads);
  void (*run)(const ConvProblem&, const ConvCall&);
  // Not 0: weights are packed alike whatever the heights are, so that they serve a part of the
  // output's rows too, and parts that begin at multiples of this (before pooling) make together
  // just what a run for all rows makes.
  int band_rows = 0;
  // How many bytes before its input the output must begin, at least, to be written over it on any
  // number of threads up to this; nothing (or no function) where it must not be.
  std::optional<size_t> (*lead)(const ConvProblem&, int threads) = nullptr;
};

// The kernels of the best target that this CPU has (see cpu.h). They live for ever; a kernel must
// run what it has packed itself.
std::span<const ConvKernel> ConvKernels();

// The cheapest kernel that applies; there always is one. With max_pool it may be the reference, and
// then a convolution and a pooling apart are better. Where one packs weights into at most
// `most_packed` bytes, one that does.
const ConvKernel& ChooseConv(const ConvProblem& problem, int threads,
                             size_t most_packed = std::numeric_limits<size_t>::max());

// The kernel of this name ("reference", ...), or null.
const ConvKernel* FindConv(std::string_view name);

}  // namespace brink::kernels
