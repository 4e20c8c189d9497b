#include "brink/ops/hybrid_conv.h"

#include <memory>
#include <string>
#include <vector>

#include "brink/ops/conv_form.h"
#include "brink/ops/hybrid.h"

namespace brink::ops {
namespace {

struct Weights {
  kernels::HybridConv conv;
  Value filter;
  Value bias;  // or none
  std::vector<float> scales;
};

Packing PackingOf(const std::shared_ptr<const Weights>& weights) {
  return {.bytes = weights->conv.packed_bytes,
          .write =
              [weights](std::byte* to, std::byte* /*scratch*/) {
                const auto* bias = reinterpret_cast<const float*>(weights->bias.data.data());
                kernels::PackHybridConv(
                    weights->conv,
                    {reinterpret_cast<const int8_t*>(weights->filter.data.data()), weights->scales,
                     weights->bias.data.empty() ? nullptr : bias},
                    to);
              },
          .step =
              [conv = weights->conv](std::shared_ptr<const std::byte> packed) {
                return [conv, packed = std::move(packed)](const Buffers& b) {
                  kernels::RunHybridConv(conv, {.packed = packed.get(),
                                                .input = b.in<float>(0),
                                                .output = b.out<float>(0),
                                                .scratch = b.scratch,
                                                .parallel = b.parallel});
                };
              }};
}

}  // namespace

std::optional<kernels::HybridConv> HybridConvOf(const NodeView& node,
                                                const kernels::Conv2dShape& shape) {
  const Value& filter = node.input(1);
  const bool has_bias = node.has_input(2);
  if (node.max_pool || !IsHybrid(node) || filter.type != Type::kInt8 || !filter.is_constant ||
      filter.data.empty() || (has_bias && !node.input(2).is_constant)) {
    return std::nullopt;
  }
  const Result<kernels::Activation> activation = node.FusedActivation();
  if (!activation) return std::nullopt;  // said where the node is prepared
  return kernels::ChooseHybridConv({.shape = shape,
                                    .asymmetric = filter.quantization.per_channel(),
                                    .range = kernels::ClampRange(*activation)},
                                   node.threads, node.most_packed);
}

Result<Prepared> PrepareHybridConv(const NodeView& node, const kernels::HybridConv& conv,
                                   const Shape& output) {
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  BRINK_ASSIGN(const bool has_bias, HasHybridBias(node));
  const std::span<const float> scales = node.input(1).quantization.scale;
  auto weights = std::make_shared<Weights>(Weights{.conv = conv,
                                                   .filter = WithoutScales(node.input(1)),
                                                   .scales = {scales.begin(), scales.end()}});
  if (has_bias) weights->bias = WithoutScales(node.input(2));
  Prepared prepared{.shapes = {output},
                    .kernel = std::string("int8 weights, ") + conv.kernel->name,
                    .scratch_bytes = conv.scratch_bytes,
                    .macs = conv.problem.shape.multiplies(),
                    .cost = conv.cost,
                    .packed_inputs = uint64_t{has_bias ? 6U : 2U}};
  if (!node.border.empty()) prepared.kernel += " + pad";
  prepared.packing = PackingOf(weights);
  return prepared;
}

}  // namespace brink::ops
