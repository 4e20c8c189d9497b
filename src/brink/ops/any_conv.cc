#include "brink/ops/any_conv.h"

#include <cstdint>
#include <utility>

#include "brink/kernels/strided_copy.h"
#include "brink/tensor/tensor.h"

namespace brink::ops {

namespace {

AnyConv FaceOf(const kernels::ConvKernel* kernel, const kernels::ConvProblem& problem,
               int threads) {
  return {.kernel = kernel->name,
          .cost = kernel->cost(problem, threads),
          .packed_bytes = kernel->packed_bytes(problem),
          .scratch_bytes = kernel->scratch_bytes(problem, threads),
          .recipe = RecipeOf(reinterpret_cast<uintptr_t>(kernel), problem.shape, problem.layout,
                             problem.max_pool),
          .pack =
              [=](const AnyWeights& weights, std::byte* packed) {
                kernel->pack(problem,
                             {reinterpret_cast<const float*>(weights.filter),
                              reinterpret_cast<const float*>(weights.bias)},
                             packed);
              },
          .run =
              [=](const AnyCall& call) {
                kernel->run(problem,
                            {call.packed, reinterpret_cast<const float*>(call.input),
                             reinterpret_cast<float*>(call.output), call.scratch, call.parallel});
              },
          .lead = kernel->lead == nullptr ? std::nullopt : kernel->lead(problem, threads),
          .plain = FloatConv{kernel, problem}};
}

AnyConv FaceOf(const kernels::QuantizedConvKernel* kernel,
               const kernels::QuantizedConvProblem& problem, int threads) {
  return {.kernel = kernel->name,
          .packed_bytes = kernel->packed_bytes(problem),
          .scratch_bytes = kernel->scratch_bytes(problem, threads),
          .recipe = RecipeOf(reinterpret_cast<uintptr_t>(kernel), problem.shape, problem.layout,
                             problem.type, problem.filter_type, problem.input_zero_point,
                             problem.filter_zero_point, problem.output_zero_point,
                             problem.range.low, problem.range.high, problem.real_output),
          .pack =
              [=](const AnyWeights& weights, std::byte* packed) {
                kernel->pack(problem,
                             {weights.filter, reinterpret_cast<const int32_t*>(weights.bias),
                              weights.multipliers},
                             packed);
              },
          .run =
              [=](const AnyCall& call) {
                kernel->run(problem,
                            {call.packed, call.input, call.output, call.scratch, call.parallel});
              }};
}

// A depthwise convolution of several filters a channel is one of a filter a channel, the form that
// kernels are fast in, over an input that has each channel as often.
bool RepeatsChannels(const kernels::Conv2dShape& s) {
  return s.groups == s.in_channels && s.in_channels > 1 && s.out_channels > s.in_channels;
}

kernels::Conv2dShape WithRepeatedChannels(kernels::Conv2dShape shape) {
  shape.in_channels = shape.groups = shape.out_channels;
  return shape;
}

// `conv` is of `shape` with repeated channels.
AnyConv OfRepeatedChannels(AnyConv conv, const kernels::Conv2dShape& shape, size_t element_bytes) {
  const int64_t times = shape.out_channels / shape.in_channels;
  const auto bytes = static_cast<int64_t>(element_bytes);
  kernels::StridedCopy repeat{.element_bytes = element_bytes};
  repeat.Append({shape.in_elements(), bytes, times * bytes});
  repeat.Append({times, 0, bytes});
  const size_t start = ScratchAligned(conv.scratch_bytes);
  conv.lead.reset();
  conv.plain.reset();
  conv.scratch_bytes = start + static_cast<size_t>(shape.in_elements() * times * bytes);
  conv.run = [repeat, start, run = std::move(conv.run)](const AnyCall& call) {
    kernels::CopyStrided(repeat, call.input, call.scratch + start, call.parallel);
    AnyCall repeated = call;
    repeated.input = call.scratch + start;
    run(repeated);
  };
  return conv;
}

}  // namespace

size_t ScratchAligned(size_t bytes) {
  return (bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

AnyConv MakeAnyConv(const kernels::ConvProblem& any_problem, const ConvLimits& limits) {
  const auto [threads, most_packed] = limits;
  kernels::ConvProblem problem = any_problem;
  problem.shape = kernels::ColumnAsRow(problem.shape);
  if (!RepeatsChannels(problem.shape))
    return FaceOf(&kernels::ChooseConv(problem, threads, most_packed), problem, threads);
  problem.shape = WithRepeatedChannels(problem.shape);
  return OfRepeatedChannels(
      FaceOf(&kernels::ChooseConv(problem, threads, most_packed), problem, threads),
      any_problem.shape, sizeof(float));
}

std::optional<AnyConv> MakePooledConv(const kernels::ConvProblem& problem,
                                      const ConvLimits& limits) {
  const auto [threads, most_packed] = limits;
  const kernels::ConvKernel& kernel = kernels::ChooseConv(problem, threads, most_packed);
  kernels::ConvProblem pooled = problem;
  pooled.max_pool = true;
  if (!kernel.applies(pooled)) return std::nullopt;
  AnyConv conv = FaceOf(&kernel, pooled, threads);
  conv.kernel += " + pool";
  return conv;
}

AnyConv MakeAnyConv(const kernels::QuantizedConvProblem& any_problem, int threads) {
  kernels::QuantizedConvProblem problem = any_problem;
  problem.shape = kernels::ColumnAsRow(problem.shape);
  if (!RepeatsChannels(problem.shape))
    return FaceOf(&kernels::ChooseQuantizedConv(problem, threads), problem, threads);
  problem.shape = WithRepeatedChannels(problem.shape);
  return OfRepeatedChannels(
      FaceOf(&kernels::ChooseQuantizedConv(problem, threads), problem, threads), any_problem.shape,
      sizeof(int8_t));
}

AnyConv MakeAnyConv(const kernels::ShortConvProblem& problem, int threads) {
  return {.kernel = "16-bit",
          .packed_bytes = kernels::ShortConvPackedBytes(problem),
          .scratch_bytes = kernels::ShortConvScratchBytes(problem, threads),
          .pack =
              [=](const AnyWeights& weights, std::byte* packed) {
                const auto* bias = reinterpret_cast<const int64_t*>(weights.bias);
                const size_t biases =
                    bias == nullptr ? 0 : static_cast<size_t>(problem.shape.out_channels);
                kernels::PackShortConv(
                    problem, {weights.filter, {bias, biases}, weights.multipliers}, packed);
              },
          .run =
              [=](const AnyCall& call) {
                kernels::ShortConv(
                    problem,
                    {call.packed, reinterpret_cast<const int16_t*>(call.input),
                     reinterpret_cast<int16_t*>(call.output), call.scratch, call.parallel});
              }};
}

}  // namespace brink::ops
