#include "brink/ops/hybrid_transposed.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "brink/kernels/hybrid_conv.h"
#include "brink/ops/hybrid.h"

namespace brink::ops {
namespace {

struct Part {
  kernels::TransposeConvPhase phase;
  kernels::HybridConv conv;
  size_t packed_at = 0;
};

// All phases of one image, which share its quantised numbers.
struct Hybrid {
  kernels::TransposeConvShape shape;  // of one image
  int batch = 1;
  std::vector<Part> parts;
  size_t packed_bytes = 0;
  size_t scratch_bytes = 0;  // of the convolutions; a phase's output comes behind
  size_t output_bytes = 0;   // of the largest phase
  Value filter;
  Value bias;  // or none
  std::vector<float> scales;
};

// Whether a node's filter, bias and sizes let it be computed so.
bool Fits(const NodeView& node, const ConvOperands& operands,
          const kernels::TransposeConvShape& shape) {
  const Value& filter = node.input(operands.filter);
  const auto is_known = [](const Value& value) { return value.is_constant && !value.data.empty(); };
  if (!IsHybridFilter(node.input(operands.input), filter) || filter.type != Type::kInt8 ||
      !is_known(filter)) {
    return false;
  }
  if (!node.has_input(operands.bias)) return true;
  const Value& bias = node.input(operands.bias);
  return is_known(bias) && bias.type == Type::kFloat32 &&
         bias.shape.elements() == shape.out_channels;
}

// Adds a phase; false where integers are not faster.
bool AddPart(kernels::TransposeConvPhase phase, kernels::HybridConvProblem problem, int threads,
             Hybrid& hybrid) {
  problem.shape = phase.shape;
  const std::optional<kernels::HybridConv> conv = kernels::ChooseHybridConv(problem, threads);
  if (!conv) return false;
  const auto outputs = static_cast<size_t>(phase.shape.out_elements());
  hybrid.parts.push_back({std::move(phase), *conv, hybrid.packed_bytes});
  hybrid.packed_bytes += ScratchAligned(conv->packed_bytes);
  hybrid.scratch_bytes = std::max(hybrid.scratch_bytes, ScratchAligned(conv->scratch_bytes));
  hybrid.output_bytes = std::max(hybrid.output_bytes, outputs * sizeof(float));
  return true;
}

// `one` once for each of `times` places, which share a channel's.
std::vector<float> Repeated(std::span<const float> one, size_t times) {
  std::vector<float> all;
  for (size_t k = 0; k < times; ++k) all.insert(all.end(), one.begin(), one.end());
  return all;
}

void Pack(const Hybrid& hybrid, std::byte* packed) {
  const std::span<const float> bias{
      reinterpret_cast<const float*>(hybrid.bias.data.data()),
      hybrid.bias.data.empty() ? 0 : static_cast<size_t>(hybrid.shape.out_channels)};
  for (const Part& part : hybrid.parts) {
    const auto filter =
        kernels::PhaseFilter(hybrid.shape, part.phase, hybrid.filter.data, std::byte{0});
    const size_t times = part.phase.places.size();
    const std::vector<float> scales =
        Repeated(hybrid.scales, hybrid.scales.size() == 1 ? 1 : times);
    const std::vector<float> biases = Repeated(bias, times);
    kernels::PackHybridConv(part.conv,
                            {reinterpret_cast<const int8_t*>(filter.data()), scales,
                             biases.empty() ? nullptr : biases.data()},
                            packed + part.packed_at);
  }
}

void RunImages(const Hybrid& hybrid, const std::byte* packed, const float* input,
               const Buffers& b) {
  const auto& s = hybrid.shape;
  const int64_t inputs = int64_t{1} * s.in_height * s.in_width * s.in_channels;
  const int64_t outputs = int64_t{1} * s.out_height * s.out_width * s.out_channels;
  auto* phase = reinterpret_cast<float*>(b.scratch + hybrid.scratch_bytes);
  for (int image = 0; image < hybrid.batch; ++image) {
    const kernels::RealStore real = kernels::QuantiseHybridImage(
        hybrid.parts[0].conv, input + image * inputs, b.scratch, b.parallel);
    auto* to = reinterpret_cast<std::byte*>(b.out<float>(0) + image * outputs);
    for (const Part& part : hybrid.parts) {
      kernels::RunHybridImage(part.conv, real,
                              {.packed = packed + part.packed_at,
                               .output = phase,
                               .scratch = b.scratch,
                               .parallel = b.parallel});
      kernels::PlacePhase(s, part.phase,
                          {.element_bytes = sizeof(float),
                           .from = reinterpret_cast<const std::byte*>(phase),
                           .to = to,
                           .parallel = b.parallel});
    }
  }
}

}  // namespace

std::optional<Prepared> HybridTransposedOf(const NodeView& node, const ConvOperands& operands,
                                           const kernels::TransposeConvShape& shape) {
  if (!Fits(node, operands, shape)) return std::nullopt;
  const Result<kernels::Activation> activation = node.FusedActivation();
  if (!activation || !node.CheckOutputType(0, {Type::kFloat32})) return std::nullopt;
  const Value& filter = node.input(operands.filter);
  const auto scales = filter.quantization.scale;
  auto hybrid = std::make_shared<Hybrid>(Hybrid{.shape = shape,
                                                .batch = shape.batch,
                                                .filter = WithoutScales(filter),
                                                .scales = {scales.begin(), scales.end()}});
  hybrid->shape.batch = 1;
  const bool has_bias = node.has_input(operands.bias);
  if (has_bias) hybrid->bias = WithoutScales(node.input(operands.bias));
  Prepared prepared{
      .shapes = {{shape.batch, shape.out_height, shape.out_width, shape.out_channels}},
      .packed_inputs = uint64_t{1} << operands.filter};
  if (has_bias) prepared.packed_inputs |= uint64_t{1} << operands.bias;
  std::vector<kernels::TransposeConvPhase> phases = kernels::TransposeConvPhases(hybrid->shape);
  const kernels::HybridConvProblem problem{.asymmetric = filter.quantization.per_channel(),
                                           .range = kernels::ClampRange(*activation),
                                           .sharing = static_cast<int>(phases.size())};
  for (kernels::TransposeConvPhase& phase : phases) {
    prepared.macs += phase.shape.multiplies() * shape.batch;
    if (!AddPart(std::move(phase), problem, node.threads, *hybrid)) return std::nullopt;
  }
  prepared.kernel = std::string("int8 weights, phases, ") + hybrid->parts[0].conv.kernel->name;
  prepared.scratch_bytes = hybrid->scratch_bytes + hybrid->output_bytes;
  prepared.packing = {
      .bytes = hybrid->packed_bytes,
      .write = [hybrid](std::byte* to, std::byte* /*scratch*/) { Pack(*hybrid, to); },
      .step =
          [hybrid,
           at = static_cast<size_t>(operands.input)](std::shared_ptr<const std::byte> packed) {
            return [hybrid, at, packed = std::move(packed)](const Buffers& b) {
              RunImages(*hybrid, packed.get(), b.in<float>(at), b);
            };
          }};
  return prepared;
}

}  // namespace brink::ops
