// TRANSPOSE_CONV: TransposeConvOptions {padding, stride_w, stride_h, fused_activation,
// quantized_bias_type}; inputs: the output's shape, the filter [out_channels, height, width,
// in_channels], the input, the bias or absent.
#include "brink/kernels/window.h"
#include "brink/ops/hybrid_transposed.h"
#include "brink/ops/transposed_convolution.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 4, 1));
  BRINK_TRY(node.CheckRank(1, 4, 4));
  BRINK_ASSIGN(const std::vector<int64_t> output, node.Integers(0));
  const Shape& filter = node.input(1).shape;
  const Shape& input = node.input(2).shape;
  if (output.size() != 4 || input.rank() != 4 || output[0] != input[0] || output[3] != filter[0]) {
    return node.Invalid("input 0: an output shape that does not fit an input of shape " +
                        input.ToString() + " and a filter of shape " + filter.ToString());
  }
  const model::OptionsReader& options = node.options;
  const int8_t padding = options.Int8(0);
  if (padding != 0 && padding != 1) {
    return node.Invalid("padding " + std::to_string(padding) + ", wanted SAME (0) or VALID (1)");
  }
  const ConvOperands operands{.input = 2,
                              .filter = 1,
                              .bias = 3,
                              .out_channels = filter[0],
                              .float_scales = node.input(2).type == Type::kUInt8};
  TransposedWindow window{.stride_height = options.Int32(2),
                          .stride_width = options.Int32(1),
                          .out_height = output[1],
                          .out_width = output[2]};
  BRINK_ASSIGN(kernels::TransposeConvShape shape, TransposedShape(node, operands, window));
  // Padded as the convolution from output to input that this one transposes.
  const auto rule = static_cast<kernels::Padding>(padding);
  shape.pad_top =
      kernels::PlaceWindow(shape.out_height, {shape.filter_height, shape.stride_height, 1}, rule)
          .pad_before;
  shape.pad_left =
      kernels::PlaceWindow(shape.out_width, {shape.filter_width, shape.stride_width, 1}, rule)
          .pad_before;
  if (auto hybrid = HybridTransposedOf(node, operands, shape)) return *std::move(hybrid);
  return PrepareTransposed(node, operands, shape);
}

}  // namespace

extern const OpDef kTransposeConv{.name = "TRANSPOSE_CONV",
                                  .code = 67,
                                  .max_version = 5,
                                  .activation_field = 3,
                                  .types = "f32 i8 u8 i16; weights i8 i4",
                                  .kernels =
                                      "int8 weights; phases, 16-bit; phases, banded; phases, "
                                      "direct; phases, planar; phases, reference",
                                  .prepare = Prepare};

}  // namespace brink::ops
