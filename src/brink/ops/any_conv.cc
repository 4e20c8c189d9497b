#include "brink/ops/any_conv.h"

namespace brink::ops {

namespace {

AnyConv FaceOf(const kernels::ConvKernel* kernel, const kernels::ConvProblem& problem,
               int threads) {
  return {.kernel = kernel->name,
          .cost = kernel->cost(problem, threads),
          .packed_bytes = kernel->packed_bytes(problem),
          .scratch_bytes = kernel->scratch_bytes(problem, threads),
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
              }};
}

}  // namespace

AnyConv MakeAnyConv(const kernels::ConvProblem& any_problem, const ConvLimits& limits) {
  const auto [threads, most_packed] = limits;
  kernels::ConvProblem problem = any_problem;
  problem.shape = kernels::ColumnAsRow(problem.shape);
  return FaceOf(&kernels::ChooseConv(problem, threads, most_packed), problem, threads);
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
  const kernels::QuantizedConvKernel* kernel = &kernels::ChooseQuantizedConv(problem, threads);
  return {.kernel = kernel->name,
          .packed_bytes = kernel->packed_bytes(problem),
          .scratch_bytes = kernel->scratch_bytes(problem, threads),
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
