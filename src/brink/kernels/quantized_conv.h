// 8-bit convolution, bit for bit as TFLite's reference kernels: CONV_2D, DEPTHWISE_CONV_2D and
// FULLY_CONNECTED, with per-tensor or per-channel scales. The counterpart of conv.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "brink/kernels/activation.h"
#include "brink/kernels/conv.h"
#include "brink/kernels/parallel.h"
#include "brink/kernels/requantize.h"
#include "brink/kernels/window.h"
#include "brink/tensor/type.h"

namespace brink::kernels {

struct QuantizedConvProblem {
  Conv2dShape shape;
  FilterLayout layout = FilterLayout::kOhwi;
  Type type = Type::kInt8;         // of input and output: kInt8 or kUInt8
  Type filter_type = Type::kInt8;  // kInt8 or kUInt8
  int32_t input_zero_point = 0;    // within the type's range, as are the others
  int32_t filter_zero_point = 0;
  int32_t output_zero_point = 0;
  IntRange range = {-128, 127};  // the fused activation, within the type's range
  // float32 instead, see RealStore; for hybrid_conv.h, and only where `applies` says so. What the
  // output has above does not count then, and a kernel is packed without the input's zero point.
  bool real_output = false;
};

// How sums become float32: clamp(scale * QuantizedConvWeights::scales * sum + real_bias), the sum
// being that of real inputs.
struct RealStore {
  float scale = 1;   // of the inputs
  int32_t zero = 0;  // their zero point, QuantizedConvProblem::input_zero_point
  FloatRange range;
};

// See FullyConnectedProblem; the caller fills types, zero points and range.
QuantizedConvProblem QuantizedFullyConnectedProblem(int rows, int in_channels, int out_channels);

struct QuantizedConvWeights {
  const void* filter = nullptr;             // in filter_type
  const int32_t* bias = nullptr;            // [out_channels], or null
  std::span<const Multiplier> multipliers;  // one, or one an output channel:
                                            // input_scale * filter_scale / output_scale
  // Of a real output instead: scales of the filter, one or one an output channel, and
  // [out_channels] or null.
  std::span<const float> scales;
  const float* real_bias = nullptr;
};

struct QuantizedConvCall {
  const std::byte* packed = nullptr;  // what the same kernel's pack() wrote
  const void* input = nullptr;
  void* output = nullptr;        // does not overlap input
  std::byte* scratch = nullptr;  // scratch_bytes(); may be null when that is 0
  Parallel parallel;
  const RealStore* real = nullptr;  // of a real output
};

// As ConvKernel.
struct QuantizedConvKernel {
  const char* name;
  bool (*applies)(const QuantizedConvProblem&);
  double (*cost)(const QuantizedConvProblem&, int threads);
  size_t (*packed_bytes)(const QuantizedConvProblem&);
  void (*pack)(const QuantizedConvProblem&, const QuantizedConvWeights&, std::byte* packed);
  // What run() needs on any number of threads up to this.
  size_t (*scratch_bytes)(const QuantizedConvProblem&, int threads);
  void (*run)(const QuantizedConvProblem&, const QuantizedConvCall&);
};

// As ConvKernels, ChooseConv and FindConv.
std::span<const QuantizedConvKernel> QuantizedConvKernels();
const QuantizedConvKernel& ChooseQuantizedConv(const QuantizedConvProblem& problem, int threads);
const QuantizedConvKernel* FindQuantizedConv(std::string_view name);

}  // namespace brink::kernels
