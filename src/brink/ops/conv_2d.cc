// CONV_2D: Conv2DOptions {padding, stride_w, stride_h, fused_activation, dilation_w, dilation_h};
// filter [out_channels, height, width, in_channels / groups].
#include "brink/ops/convolution.h"
#include "brink/ops/hybrid.h"
#include "brink/ops/hybrid_conv.h"
#include "brink/ops/window.h"

namespace brink::ops {
namespace {

// Whether the node multiplies the single pixel of each image by a matrix of constants that stay
// integers. TFLite quantises the inputs of all such nodes, by the image.
bool IsHybridPixel(const NodeView& node, const kernels::Conv2dShape& s) {
  return s.in_height == 1 && s.in_width == 1 && s.out_height == 1 && s.out_width == 1 &&
         s.window.height == 1 && s.window.width == 1 && s.groups == 1 && !node.max_pool &&
         node.input(1).is_constant && IsHybrid(node);
}

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
                                  .dilation_height = options.Int32(5, 1),
                                  .dilation_width = options.Int32(4, 1),
                                  .padding = options.Int8(0),
                                  .out_channels = filter[0]}));
  const int64_t in_channels = shape.in_channels;
  if (filter[3] < 1 || in_channels % filter[3] != 0 || filter[0] % (in_channels / filter[3]) != 0) {
    return node.Invalid("a filter of shape " + filter.ToString() +
                        " does not fit an input of shape " + node.input(0).shape.ToString());
  }
  shape.groups = static_cast<int>(in_channels / filter[3]);
  if (IsHybridPixel(node, shape)) {
    // As TFLite's conv.cc chooses.
    const bool asymmetric = node.input(1).quantization.per_channel();
    return PrepareHybrid(node, shape.batch, OutputShape(shape), asymmetric);
  }
  if (const auto hybrid = HybridConvOf(node, shape)) {
    return PrepareHybridConv(node, *hybrid, OutputShape(shape));
  }
  return PrepareConvolution(node, {.shape = shape,
                                   .output = OutputShape(shape),
                                   .float_scales = node.input(0).type == Type::kUInt8});
}

}  // namespace

extern const OpDef kConv2d{.name = "CONV_2D",
                           .code = 3,
                           .max_version = 8,
                           .activation_field = 3,
                           .pools = true,
                           .pads = true,
                           .late_input = 1,
                           .types = "f32 i8 u8 i16; weights i8 i4",
                           .kernels =
                               "16-bit; banded; direct; int8 weights; planar; reference; thin; "
                               "unpacked; winograd2; winograd4; winograd6",
                           .prepare = Prepare};

}  // namespace brink::ops
