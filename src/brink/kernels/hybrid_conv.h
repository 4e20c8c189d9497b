// Convolutions of float32 images with int8 filters, by integers: each image is quantised when it
// comes, as TFLite does. hybrid_product.h is the same for matrices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "brink/kernels/activation.h"
#include "brink/kernels/parallel.h"
#include "brink/kernels/quantized_conv.h"
#include "brink/kernels/window.h"

namespace brink::kernels {

// The filter is [out_channels, height, width, in_channels / groups].
struct HybridConvProblem {
  Conv2dShape shape;
  bool asymmetric = false;  // see QuantiseVector
  FloatRange range;
  int sharing = 1;  // how many convolutions share the quantised images
};

struct HybridConvWeights {
  const int8_t* filter = nullptr;
  std::span<const float> scales;  // one, or one an output channel
  const float* bias = nullptr;    // [out_channels], or null
};

struct HybridConvCall {
  const std::byte* packed = nullptr;  // of PackHybridConv
  const float* input = nullptr;
  float* output = nullptr;       // does not overlap input
  std::byte* scratch = nullptr;  // HybridConv::scratch_bytes
  Parallel parallel;
};

// How a problem is computed on the CPU target that chose it; immutable.
struct HybridConv {
  HybridConvProblem problem;
  QuantizedConvProblem image;  // one image, quantised
  const QuantizedConvKernel* kernel = nullptr;
  size_t packed_bytes = 0;
  size_t scratch_bytes = 0;
  double cost = 0;  // as ConvKernel's
};

// What integers take on a CPU, on the scale of ConvKernel's cost.
struct IntegerSpeed {
  double slowness = 1;     // how many times as long as their kernels' costs say
  double quantised = 8e3;  // inputs in a microsecond
  double stored = 1e9;     // outputs in a microsecond, beyond what storing floats takes
  bool keeps_pace = true;  // they take hardly longer than as many exact products
};

// Of the CPU target in use.
IntegerSpeed SpeedOfIntegers();

// The best kernel for any number of threads up to `threads`; none where the exact product with a
// filter of float32 takes less time. Where only one of the two packs weights into at most
// `most_packed` bytes, that one.
std::optional<HybridConv> ChooseHybridConv(const HybridConvProblem& problem, int threads,
                                           size_t most_packed = std::numeric_limits<size_t>::max());

// The same by a kernel that applies to the quantised problem, which has one image and a real
// output.
HybridConv MakeHybridConv(const HybridConvProblem& problem, const QuantizedConvKernel& kernel,
                          int threads);
QuantizedConvProblem QuantizedImage(const HybridConvProblem& problem);

void PackHybridConv(const HybridConv& conv, const HybridConvWeights& weights, std::byte* packed);
void RunHybridConv(const HybridConv& conv, const HybridConvCall& call);

// What RunHybridConv does for each image of a batch, in two steps, so that convolutions of one
// image quantise it once: the first step writes to the scratch memory what the second, of any
// HybridConv of that image and `asymmetric`, reads from its call's.
RealStore QuantiseHybridImage(const HybridConv& conv, const float* image, std::byte* scratch,
                              const Parallel& parallel);
void RunHybridImage(const HybridConv& conv, const RealStore& real, const HybridConvCall& call);

}  // namespace brink::kernels
