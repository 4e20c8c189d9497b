// CONV_3D and CONV_3D_TRANSPOSE: Conv3DOptions {padding, stride_d, stride_w, stride_h,
// fused_activation, dilation_d, dilation_w, dilation_h}, float32. CONV_3D: input [batch, depth,
// height, width, in], filter [depth, height, width, in, out], bias or absent. CONV_3D_TRANSPOSE:
// the output's shape, filter [.., out, in], input, bias or absent.
#include "brink/kernels/conv_3d.h"

#include <algorithm>
#include <array>

#include "brink/kernels/window.h"
#include "brink/ops/conv_3d_products.h"
#include "brink/ops/conv_3d_slices.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

constexpr int64_t kMostExtent = int64_t{1} << 24;

// Fields of the options in the order of the axes: depth, height, width.
constexpr std::array<int, 3> kStrideFields = {1, 3, 2};
constexpr std::array<int, 3> kDilationFields = {5, 7, 6};

struct Operands {
  int input = 0;
  int filter = 1;
  int bias = 2;
  int filter_in = 3;  // the filter's axis of input channels
  int filter_out = 4;
};

Status CheckOperands(const NodeView& node, const Operands& o) {
  for (const int i : {o.input, o.filter, o.bias}) {
    if (node.has_input(i)) BRINK_TRY(node.CheckInputType(i, {Type::kFloat32}));
  }
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckRank(o.input, 5, 5));
  BRINK_TRY(node.CheckRank(o.filter, 5, 5));
  const Shape& input = node.input(o.input).shape;
  const Shape& filter = node.input(o.filter).shape;
  for (const Shape* shape : {&input, &filter}) {
    for (const int64_t extent : shape->dims()) {
      if (extent < 1 || extent > kMostExtent)
        return node.Invalid("an extent of " + std::to_string(extent) + " in " + shape->ToString());
    }
  }
  if (filter[o.filter_in] != input[4]) {
    return node.Invalid("a filter of shape " + filter.ToString() +
                        " does not fit an input of shape " + input.ToString());
  }
  if (!node.has_input(o.bias) || node.input(o.bias).shape.elements() == filter[o.filter_out])
    return {};
  return node.Invalid("input " + std::to_string(o.bias) + ": a bias of " +
                      std::to_string(node.input(o.bias).shape.elements()) + " values for " +
                      std::to_string(filter[o.filter_out]) + " output channels");
}

// All but the axes' outs and pads.
Result<kernels::Conv3dProblem> ReadProblem(const NodeView& node, const Operands& o) {
  BRINK_TRY(CheckOperands(node, o));
  const Shape& input = node.input(o.input).shape;
  const Shape& filter = node.input(o.filter).shape;
  kernels::Conv3dProblem problem{
      .batch = input[0], .in_channels = input[4], .out_channels = filter[o.filter_out], .axes = {}};
  for (size_t i = 0; i < 3; ++i) {
    kernels::Conv3dAxis& axis = problem.axes[i];
    axis.in = input[static_cast<int>(i) + 1];
    axis.filter = filter[static_cast<int>(i)];
    axis.stride = node.options.Int32(kStrideFields[i]);
    axis.dilation = node.options.Int32(kDilationFields[i], 1);
    for (const int64_t step : {axis.stride, axis.dilation}) {
      if (step < 1 || step * axis.filter > kMostExtent)
        return node.Invalid("stride or dilation " + std::to_string(step));
    }
  }
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  problem.range = kernels::ClampRange(activation);
  if (node.options.Int8(0) == 0 || node.options.Int8(0) == 1) return problem;
  return node.Invalid("padding " + std::to_string(node.options.Int8(0)) +
                      ", wanted SAME (0) or VALID (1)");
}

// The windows along an axis of `extent` elements.
kernels::AxisPlacement Place(const NodeView& node, const kernels::Conv3dAxis& axis,
                             int64_t extent) {
  return kernels::PlaceWindow(static_cast<int>(extent),
                              {static_cast<int>(axis.filter), static_cast<int>(axis.stride),
                               static_cast<int>(axis.dilation)},
                              static_cast<kernels::Padding>(node.options.Int8(0)));
}

using Kernel = void (*)(const kernels::Conv3dProblem&, const kernels::Conv3dArguments&,
                        const kernels::Parallel&);

// `quick`: the step by other kernels, if there is one.
Result<Prepared> Finish(const NodeView& node, const Operands& operands,
                        const kernels::Conv3dProblem& problem, Kernel kernel,
                        std::optional<Prepared> quick) {
  const auto& [depth, height, width] = problem.axes;
  BRINK_ASSIGN(const Shape output, CheckedShape(node, {problem.batch, depth.out, height.out,
                                                       width.out, problem.out_channels}));
  if (quick) {
    quick->shapes = {output};
    return *std::move(quick);
  }
  const auto bias = static_cast<size_t>(operands.bias);
  const bool has_bias = node.has_input(operands.bias);
  const double macs = static_cast<double>(output.elements()) *
                      static_cast<double>(node.input(operands.filter).shape.elements()) /
                      static_cast<double>(problem.out_channels);
  return Prepared{.shapes = {output},
                  .kernel = "float32",
                  .macs = static_cast<int64_t>(std::min(macs, 0x1p62)),
                  .run = [problem, kernel, bias, has_bias, in = static_cast<size_t>(operands.input),
                          filter = static_cast<size_t>(operands.filter)](const Buffers& b) {
                    kernel(problem,
                           {b.in<float>(in), b.in<float>(filter),
                            has_bias ? b.in<float>(bias) : nullptr, b.out<float>(0)},
                           b.parallel);
                  }};
}

Result<Prepared> Prepare(const NodeView& node) {
  constexpr Operands kOperands;
  BRINK_TRY(node.CheckCounts(2, 3, 1));
  BRINK_ASSIGN(kernels::Conv3dProblem problem, ReadProblem(node, kOperands));
  for (kernels::Conv3dAxis& axis : problem.axes) {
    const kernels::AxisPlacement placement = Place(node, axis, axis.in);
    if (placement.out < 1) {
      return node.Invalid("a filter of " + std::to_string(axis.filter) +
                          " does not fit an axis of " + std::to_string(axis.in));
    }
    axis.out = placement.out;
    axis.pad = placement.pad_before;
  }
  return Finish(node, kOperands, problem, kernels::Conv3d, ConvolveSlices(node, problem));
}

Result<Prepared> PrepareTransposed(const NodeView& node) {
  constexpr Operands kOperands{.input = 2, .filter = 1, .bias = 3, .filter_in = 4, .filter_out = 3};
  BRINK_TRY(node.CheckCounts(3, 4, 1));
  BRINK_ASSIGN(const std::vector<int64_t> output, node.Integers(0));
  BRINK_ASSIGN(kernels::Conv3dProblem problem, ReadProblem(node, kOperands));
  if (output.size() != 5 || output[0] != problem.batch || output[4] != problem.out_channels) {
    return node.Invalid("input 0: an output shape that does not fit an input of shape " +
                        node.input(2).shape.ToString() + " and a filter of shape " +
                        node.input(1).shape.ToString());
  }
  for (size_t i = 0; i < 3; ++i) {
    kernels::Conv3dAxis& axis = problem.axes[i];
    axis.out = output[i + 1];
    const bool in_range = axis.out >= 1 && axis.out <= kMostExtent;
    const kernels::AxisPlacement placement =
        in_range ? Place(node, axis, axis.out) : kernels::AxisPlacement{};
    if (!in_range || placement.out != axis.in) {
      return node.Invalid("input 0: an output extent of " + std::to_string(axis.out) +
                          " is not made of " + std::to_string(axis.in) + " windows of " +
                          std::to_string(axis.filter));
    }
    axis.pad = placement.pad_before;
  }
  return Finish(node, kOperands, problem, kernels::TransposedConv3d, SpreadProducts(node, problem));
}

}  // namespace

extern const OpDef kConv3d{.name = "CONV_3D",
                           .code = 132,
                           .max_version = 1,
                           .activation_field = 4,
                           .types = "f32",
                           .kernels = "slices by CONV_2D's; float32",
                           .prepare = Prepare};
extern const OpDef kConv3dTranspose{.name = "CONV_3D_TRANSPOSE",
                                    .code = 141,
                                    .max_version = 1,
                                    .activation_field = 4,
                                    .types = "f32",
                                    .kernels = "products by FULLY_CONNECTED's; float32",
                                    .prepare = PrepareTransposed};

}  // namespace brink::ops
