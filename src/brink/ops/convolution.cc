#include "brink/ops/convolution.h"

#include <algorithm>
#include <memory>

#include "brink/kernels/quantized_conv.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

std::shared_ptr<Tensor> PackedBuffer(size_t bytes) {
  return std::make_shared<Tensor>(Type::kUInt8, Shape{static_cast<int64_t>(bytes)});
}

Status CheckBias(const NodeView& node, const Convolution& convolution, Type type) {
  if (!node.has_input(2)) return {};
  BRINK_TRY(node.CheckInputType(2, {type}));
  const int64_t elements = node.input(2).shape.elements();
  if (elements == convolution.shape.out_channels) return {};
  return node.Invalid("input 2: a bias of " + std::to_string(elements) + " values for " +
                      std::to_string(convolution.shape.out_channels) + " output channels");
}

bool HasConstantWeights(const NodeView& node) {
  return node.input(1).is_constant && (!node.has_input(2) || node.input(2).is_constant);
}

constexpr uint64_t kWeightInputs = 0b110;

// The scale of each output channel's filter: one, or one a channel.
Result<std::vector<float>> FilterScales(const NodeView& node, const Convolution& convolution) {
  const Quantization& q = node.input(1).quantization;
  if (q.scale.size() == 1) return q.scale;
  if (q.axis != convolution.filter_axis ||
      q.scale.size() != static_cast<size_t>(convolution.shape.out_channels)) {
    return node.Invalid("input 1: " + std::to_string(q.scale.size()) + " scales along axis " +
                        std::to_string(q.axis) + ", wanted " +
                        std::to_string(convolution.shape.out_channels) + " along axis " +
                        std::to_string(convolution.filter_axis));
  }
  const auto zero =
      std::find_if(q.zero_point.begin(), q.zero_point.end(), [](int64_t z) { return z != 0; });
  if (zero != q.zero_point.end()) {
    return node.Invalid("input 1: a scale for each channel and zero point " +
                        std::to_string(*zero) + ", wanted 0");
  }
  return q.scale;
}

// An 8-bit filter's real values.
std::vector<float> Widen(const Value& filter, const std::vector<float>& scales,
                         bool channels_last) {
  const auto elements = static_cast<size_t>(filter.shape.elements());
  const size_t each = elements / scales.size();  // one scale: all of them
  const auto zero_point =
      scales.size() > 1 ? 0 : static_cast<int32_t>(filter.quantization.zero_point[0]);
  std::vector<float> wide(elements);
  for (size_t i = 0; i < elements; ++i) {
    const auto raw = static_cast<uint8_t>(filter.data[i]);
    const int32_t stored = filter.type == Type::kInt8 ? static_cast<int8_t>(raw) : int32_t{raw};
    const size_t channel = channels_last ? i % scales.size() : i / each;
    wide[i] = scales[channel] * static_cast<float>(stored - zero_point);
  }
  return wide;
}

// What both forms of a float32 convolution need.
struct FloatPlan {
  kernels::ConvProblem problem;
  const kernels::ConvKernel* kernel = nullptr;
  size_t packed_bytes = 0;
  size_t scratch_bytes = 0;
};

// Weights that are known only at run time: packed on every run, behind the kernel's own scratch.
void PackOnEveryRun(const FloatPlan& plan, Prepared& prepared) {
  const size_t start =
      (plan.scratch_bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
  prepared.scratch_bytes = start + plan.packed_bytes;
  prepared.run = [plan, start](const Buffers& b) {
    std::byte* packed = b.scratch + start;
    const float* bias = b.inputs.size() > 2 ? b.in<float>(2) : nullptr;
    plan.kernel->pack(plan.problem, {.filter = b.in<float>(1), .bias = bias}, packed);
    plan.kernel->run(plan.problem,
                     {packed, b.in<float>(0), b.out<float>(0), b.scratch, b.parallel});
  };
}

// Constant weights, packed once; `scales` are those of an 8-bit filter, else empty.
void PackOnce(const NodeView& node, const FloatPlan& plan, const std::vector<float>& scales,
              Prepared& prepared) {
  prepared.packed_inputs = kWeightInputs;
  prepared.pack = [plan, scales, filter = node.input(1),
                   bias = node.has_input(2) ? node.input(2) : Value{}] {
    const bool channels_last = plan.problem.layout == kernels::FilterLayout::kHwo;
    const auto wide = scales.empty() ? std::vector<float>{} : Widen(filter, scales, channels_last);
    auto packed = PackedBuffer(plan.packed_bytes);
    plan.kernel->pack(
        plan.problem,
        {scales.empty() ? filter.as<float>().data() : wide.data(), bias.as<float>().data()},
        packed->bytes().data());
    const auto run = [plan, packed](const Buffers& b) {
      plan.kernel->run(plan.problem, {packed->bytes().data(), b.in<float>(0), b.out<float>(0),
                                      b.scratch, b.parallel});
    };
    return Packed{.run = run, .bytes = plan.packed_bytes};
  };
}

// Lets the kernel pool what it stores. Fails where the kernel that is best alone cannot.
Status PoolOutput(const NodeView& node, FloatPlan& plan, Shape& output) {
  kernels::ConvProblem pooled = plan.problem;
  pooled.max_pool = true;
  if (!plan.kernel->applies(pooled)) return node.Unsupported("pooling in its kernel");
  plan.problem = pooled;
  output = {output[0], (output[1] + 1) / 2, (output[2] + 1) / 2, output[3]};
  return {};
}

Result<Prepared> PrepareFloat(const NodeView& node, const Convolution& convolution) {
  BRINK_TRY(node.CheckInputType(1, {Type::kFloat32, Type::kInt8, Type::kUInt8}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  BRINK_TRY(CheckBias(node, convolution, Type::kFloat32));
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  FloatPlan plan{.problem = {.shape = convolution.shape,
                             .layout = convolution.layout,
                             .range = kernels::ClampRange(activation)}};
  plan.kernel = &kernels::ChooseConv(plan.problem, node.threads);
  Shape output = convolution.output;
  if (node.max_pool) BRINK_TRY(PoolOutput(node, plan, output));
  plan.packed_bytes = plan.kernel->packed_bytes(plan.problem);
  plan.scratch_bytes = plan.kernel->scratch_bytes(plan.problem, node.threads);
  Prepared prepared{.shapes = {output},
                    .kernel = std::string(plan.kernel->name) + (node.max_pool ? " + pool" : ""),
                    .scratch_bytes = plan.scratch_bytes,
                    .macs = convolution.shape.multiplies()};
  if (node.input(1).type == Type::kFloat32 && !HasConstantWeights(node)) {
    PackOnEveryRun(plan, prepared);
    return prepared;
  }
  BRINK_TRY(node.CheckConstant(1));
  if (node.has_input(2)) BRINK_TRY(node.CheckConstant(2));
  std::vector<float> scales;
  if (node.input(1).type != Type::kFloat32) {
    BRINK_ASSIGN(scales, FilterScales(node, convolution));
    prepared.kernel += " with widened filter";
  }
  PackOnce(node, plan, scales, prepared);
  return prepared;
}

std::vector<kernels::Multiplier> Multipliers(const NodeView& node, const Convolution& convolution,
                                             const std::vector<float>& filter_scales) {
  const float input = node.input(0).quantization.scale[0];
  const float output = node.output(0).quantization.scale[0];
  std::vector<kernels::Multiplier> multipliers;
  for (const float filter : filter_scales) {
    const double product = convolution.float_scales
                               ? static_cast<double>(input * filter)
                               : static_cast<double>(input) * static_cast<double>(filter);
    multipliers.push_back(kernels::QuantizeMultiplier(product / static_cast<double>(output)));
  }
  return multipliers;
}

Result<kernels::QuantizedConvProblem> QuantizedProblem(const NodeView& node,
                                                       const Convolution& convolution) {
  const Type type = node.input(0).type;
  BRINK_ASSIGN(const kernels::Affine input, AffineOf(node, node.input(0)));
  BRINK_ASSIGN(const kernels::Affine output, AffineOf(node, node.output(0)));
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  const Quantization& filter = node.input(1).quantization;
  return kernels::QuantizedConvProblem{
      .shape = convolution.shape,
      .layout = convolution.layout,
      .type = type,
      .filter_type = type,
      .input_zero_point = input.zero_point,
      .filter_zero_point = filter.per_channel() ? 0 : static_cast<int32_t>(filter.zero_point[0]),
      .output_zero_point = output.zero_point,
      .range = OutputRange(activation, type, output)};
}

Result<Prepared> PrepareQuantized(const NodeView& node, const Convolution& convolution) {
  BRINK_TRY(node.CheckInputType(1, {node.input(0).type}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_TRY(CheckBias(node, convolution, Type::kInt32));
  BRINK_TRY(node.CheckConstant(1));
  if (node.has_input(2)) BRINK_TRY(node.CheckConstant(2));
  BRINK_ASSIGN(const std::vector<float> scales, FilterScales(node, convolution));
  BRINK_ASSIGN(const auto problem, QuantizedProblem(node, convolution));
  const kernels::QuantizedConvKernel* kernel = &kernels::ChooseQuantizedConv(problem, node.threads);
  const size_t packed_bytes = kernel->packed_bytes(problem);
  auto pack = [=, multipliers = Multipliers(node, convolution, scales), filter = node.input(1),
               bias = node.has_input(2) ? node.input(2) : Value{}] {
    auto packed = PackedBuffer(packed_bytes);
    kernel->pack(problem, {filter.data.data(), bias.as<int32_t>().data(), multipliers},
                 packed->bytes().data());
    const auto run = [problem, kernel, packed](const Buffers& b) {
      kernel->run(problem,
                  {packed->bytes().data(), b.inputs[0], b.outputs[0], b.scratch, b.parallel});
    };
    return Packed{.run = run, .bytes = packed_bytes};
  };
  return Prepared{.shapes = {convolution.output},
                  .kernel = kernel->name,
                  .scratch_bytes = kernel->scratch_bytes(problem, node.threads),
                  .macs = convolution.shape.multiplies(),
                  .pack = std::move(pack),
                  .packed_inputs = kWeightInputs};
}

}  // namespace

Result<Prepared> PrepareConvolution(const NodeView& node, const Convolution& convolution) {
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8}));
  if (node.max_pool && node.input(0).type != Type::kFloat32)
    return node.Unsupported("pooling in an 8-bit kernel");
  return node.input(0).type == Type::kFloat32 ? PrepareFloat(node, convolution)
                                              : PrepareQuantized(node, convolution);
}

}  // namespace brink::ops
