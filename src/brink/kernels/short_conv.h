// Convolution of 16-bit inputs with 8-bit weights into 16 bits, bit for bit as TFLite's reference
// kernels; zero points are 0. CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, BATCH_MATMUL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "brink/kernels/activation.h"
#include "brink/kernels/conv.h"
#include "brink/kernels/parallel.h"
#include "brink/kernels/requantize.h"
#include "brink/kernels/window.h"

namespace brink::kernels {

struct ShortConvProblem {
  Conv2dShape shape;
  FilterLayout layout = FilterLayout::kOhwi;
  Type filter_type = Type::kInt8;  // or kInt16
  // Sums are scaled by the upper 16 bits of the multiplier, as TFLite does for 64-bit biases and
  // for none; else by all 32 bits, after sums have been cut to 32 bits.
  bool wide = true;
  IntRange range = {-32768, 32767};  // the fused activation
};

struct ShortConvWeights {
  const void* filter = nullptr;             // in filter_type
  std::span<const int64_t> bias;            // one an output channel, or empty
  std::span<const Multiplier> multipliers;  // one, or one an output channel
};

struct ShortConvCall {
  const std::byte* packed = nullptr;
  const int16_t* input = nullptr;
  int16_t* output = nullptr;     // does not overlap input
  std::byte* scratch = nullptr;  // ShortConvScratchBytes()
  Parallel parallel;
};

size_t ShortConvPackedBytes(const ShortConvProblem& problem);
void PackShortConv(const ShortConvProblem& problem, const ShortConvWeights& weights,
                   std::byte* packed);
size_t ShortConvScratchBytes(const ShortConvProblem& problem, int threads);
void ShortConv(const ShortConvProblem& problem, const ShortConvCall& call);

// sum * multiplier as TFLite scales 64-bit sums: by the upper half of the multiplier, rounded once.
// Source: TFLite kernels/internal/common.cc.
int32_t MultiplyWide(int64_t sum, Multiplier multiplier);

}  // namespace brink::kernels
