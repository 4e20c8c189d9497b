// DEPTHWISE_CONV_2D: DepthwiseConv2DOptions {padding, stride_w, stride_h, depth_multiplier,
// fused_activation, dilation_w, dilation_h}; filter [1, height, width, out_channels]. The
// multiplier follows from the shapes, as in TFLite.
#include "brink/ops/convolution.h"
#include "brink/ops/window.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 3, 1));
  BRINK_TRY(node.CheckRank(0, 4, 4));
  BRINK_TRY(node.CheckRank(1, 4, 4));
  const Shape& filter = node.input(1).shape;
  const model::OptionsReader& options = node.options;
  BRINK_ASSIGN(kernels::Conv2dShape shape,
               PlaceWindow(node, {.height = filter[1],
                                  .width = filter[2],
                                  .stride_height = options.Int32(2),
                                  .stride_width = options.Int32(1),
                                  .dilation_height = options.Int32(6, 1),
                                  .dilation_width = options.Int32(5, 1),
                                  .padding = options.Int8(0),
                                  .out_channels = filter[3]}));
  if (filter[0] != 1 || filter[3] % shape.in_channels != 0) {
    return node.Invalid("a filter of shape " + filter.ToString() +
                        " does not fit an input of shape " + node.input(0).shape.ToString());
  }
  shape.groups = shape.in_channels;
  return PrepareConvolution(node, {.shape = shape,
                                   .layout = kernels::FilterLayout::kHwo,
                                   .output = OutputShape(shape),
                                   .filter_axis = 3,
                                   .float_scales = node.input(0).type == Type::kUInt8});
}

}  // namespace

extern const OpDef kDepthwiseConv2d{
    .name = "DEPTHWISE_CONV_2D",
    .code = 4,
    .max_version = 7,
    .activation_field = 4,
    .pads = true,
    .late_input = 1,
    .types = "f32 i8 u8 i16; weights i8 i4",
    .kernels = "16-bit; banded; depthwise; flat depthwise; planar; reference",
    .prepare = Prepare};

}  // namespace brink::ops
