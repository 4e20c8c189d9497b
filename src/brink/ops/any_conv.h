// One face for the convolution kernels of all types, for operators that are made of convolutions:
// weights are packed once or on every run.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

#include "brink/kernels/conv.h"
#include "brink/kernels/quantized_conv.h"
#include "brink/kernels/short_conv.h"
#include "brink/ops/conv_bands.h"

namespace brink::ops {

struct AnyWeights {
  const std::byte* filter = nullptr;
  const std::byte* bias = nullptr;  // float, int32 or (16-bit convolutions) int64, or null
  std::span<const kernels::Multiplier> multipliers;  // of quantised ones
};

struct AnyCall {
  const std::byte* packed = nullptr;
  const std::byte* input = nullptr;
  std::byte* output = nullptr;
  std::byte* scratch = nullptr;
  kernels::Parallel parallel;
};

// Immutable; called from many threads at once.
struct AnyConv {
  std::string kernel;
  double cost = 0;  // as Prepared::cost
  size_t packed_bytes = 0;
  size_t scratch_bytes = 0;
  // Which of weights are packed alike: see Packing::recipe. Of quantised convolutions without what
  // AnyWeights::multipliers are made of.
  std::string recipe;
  std::function<void(const AnyWeights&, std::byte* packed)> pack;
  std::function<void(const AnyCall&)> run;
  std::optional<size_t> lead;  // as Prepared::lead
  // What `run` calls, where it does nothing else.
  std::optional<FloatConv> plain;
};

// How many may work on it, and the bytes that its packed weights may take (NodeView::most_packed).
struct ConvLimits {
  int threads = 1;
  size_t most_packed = std::numeric_limits<size_t>::max();
};

// The kernel that the problem's type has chosen within the limits.
AnyConv MakeAnyConv(const kernels::ConvProblem& problem, const ConvLimits& limits);
AnyConv MakeAnyConv(const kernels::QuantizedConvProblem& problem, int threads);
AnyConv MakeAnyConv(const kernels::ShortConvProblem& problem, int threads);

// The kernel that is best for the problem, made to pool what it stores (ConvProblem::max_pool);
// none where it cannot.
std::optional<AnyConv> MakePooledConv(const kernels::ConvProblem& problem,
                                      const ConvLimits& limits);

// The bytes of numbers and of structures of whole numbers, one after another.
template <class... Part>
std::string RecipeOf(const Part&... parts) {
  static_assert(
      ((std::is_floating_point_v<Part> || std::has_unique_object_representations_v<Part>)&&...));
  std::string recipe;
  (recipe.append(reinterpret_cast<const char*>(&parts), sizeof(parts)), ...);
  return recipe;
}

// `bytes` up to where the next thing in scratch memory may start.
size_t ScratchAligned(size_t bytes);

}  // namespace brink::ops
