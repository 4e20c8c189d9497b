// FULLY_CONNECTED: FullyConnectedOptions {fused_activation, weights_format, keep_num_dims,
// asymmetric_quantize_inputs,
// ...};
// filter [out, in]. The input's elements are rows of `in`, however they are shaped.
#include "brink/ops/convolution.h"
#include "brink/ops/hybrid.h"

namespace brink::ops {
namespace {

constexpr int64_t kMostExtent = int64_t{1} << 28;

Shape FindOutput(const NodeView& node, int64_t rows, int64_t out_channels) {
  const Shape& input = node.input(0).shape;
  if (!node.options.Bool(2)) return {rows, out_channels};
  Shape output = input;
  output[input.rank() - 1] = out_channels;
  return output;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 3, 1));
  BRINK_TRY(node.CheckRank(1, 2, 2));
  if (node.options.Int8(1) != 0)
    return node.Unsupported("shuffled weights, the default order is supported");
  const Shape& input = node.input(0).shape;
  const Shape& filter = node.input(1).shape;
  const int64_t elements = input.elements();
  const bool keep_dims = node.options.Bool(2);
  if (filter[1] < 1 || elements < 1 || elements % filter[1] != 0 ||
      (keep_dims && (input.rank() < 1 || input[input.rank() - 1] != filter[1]))) {
    return node.Invalid("a filter of shape " + filter.ToString() +
                        " does not fit an input of shape " + input.ToString());
  }
  const int64_t rows = elements / filter[1];
  if (rows > kMostExtent || filter[0] < 1 || filter[0] > kMostExtent || filter[1] > kMostExtent) {
    return node.Invalid("a product of [" + std::to_string(rows) + ", " + std::to_string(filter[1]) +
                        "] and " + filter.ToString() + " is out of range");
  }
  constexpr int kAsymmetricField = 3;
  if (IsHybrid(node))
    return PrepareHybrid(node, rows, FindOutput(node, rows, filter[0]),
                         node.options.Bool(kAsymmetricField));
  if (IsBlockHybrid(node)) return PrepareBlockHybrid(node, rows, FindOutput(node, rows, filter[0]));
  const auto problem = kernels::FullyConnectedProblem(
      static_cast<int>(rows), static_cast<int>(filter[1]), static_cast<int>(filter[0]), {});
  return PrepareConvolution(node, {.shape = problem.shape,
                                   .layout = problem.layout,
                                   .output = FindOutput(node, rows, filter[0]),
                                   .float_scales = !node.input(1).quantization.per_channel()});
}

}  // namespace

extern const OpDef kFullyConnected{
    .name = "FULLY_CONNECTED",
    .code = 9,
    .max_version = 13,
    .activation_field = 0,
    .late_input = 1,
    .types = "f32 i8 u8 i16; weights i8 i4",
    .kernels = "16-bit; direct; int8 weights; int4 blocks; planar; unpacked; reference",
    .prepare = Prepare};

}  // namespace brink::ops
