#include "brink/ops/window.h"

#include <algorithm>
#include <string>

namespace brink::ops {
namespace {

// Sums of an extent, a window and a stride stay within int.
constexpr int64_t kMostExtent = int64_t{1} << 28;

Status CheckExtent(const NodeView& node, const char* what, int64_t extent) {
  if (extent >= 1 && extent <= kMostExtent) return {};
  return node.Invalid(std::string(what) + " " + std::to_string(extent) + ", wanted 1 to " +
                      std::to_string(kMostExtent));
}

Result<kernels::AxisPlacement> PlaceAxis(const NodeView& node, const char* axis, int64_t in,
                                         kernels::AxisWindow window, kernels::Padding padding) {
  const auto placed = kernels::PlaceWindow(static_cast<int>(in), window, padding);
  if (placed.out >= 1) return placed;
  return node.Invalid(std::string(axis) + ": a window of " + std::to_string(window.size) +
                      " with dilation " + std::to_string(window.dilation) +
                      " does not fit an input of " + std::to_string(in));
}

int64_t DilatedHeight(const WindowOptions& options) {
  return (options.height - 1) * options.dilation_height + 1;
}

int64_t DilatedWidth(const WindowOptions& options) {
  return (options.width - 1) * options.dilation_width + 1;
}

Status CheckExtents(const NodeView& node, const WindowOptions& options) {
  for (const int64_t extent : node.input(0).shape.dims()) {
    BRINK_TRY(CheckExtent(node, "input 0: extent", extent));
  }
  BRINK_TRY(CheckExtent(node, "window height", options.height));
  BRINK_TRY(CheckExtent(node, "window width", options.width));
  BRINK_TRY(CheckExtent(node, "stride", options.stride_height));
  BRINK_TRY(CheckExtent(node, "stride", options.stride_width));
  BRINK_TRY(CheckExtent(node, "dilation", options.dilation_height));
  BRINK_TRY(CheckExtent(node, "dilation", options.dilation_width));
  BRINK_TRY(CheckExtent(node, "dilated window height", DilatedHeight(options)));
  BRINK_TRY(CheckExtent(node, "dilated window width", DilatedWidth(options)));
  return CheckExtent(node, "output channels", options.out_channels);
}

// A window that sees nothing but border is more than kernels are made for.
Status CheckBorder(const NodeView& node, const WindowOptions& options) {
  const Border& border = node.border;
  if (std::max(border.top, border.bottom) >= DilatedHeight(options) ||
      std::max(border.left, border.right) >= DilatedWidth(options)) {
    return node.Unsupported("a border as wide as the window");
  }
  const Shape& input = node.input(0).shape;
  BRINK_TRY(CheckExtent(node, "input 0: height", input[1] + border.top + border.bottom));
  return CheckExtent(node, "input 0: width", input[2] + border.left + border.right);
}

}  // namespace

Result<kernels::Conv2dShape> PlaceWindow(const NodeView& node, const WindowOptions& options) {
  BRINK_TRY(node.CheckRank(0, 4, 4));
  const Shape& input = node.input(0).shape;
  BRINK_TRY(CheckExtents(node, options));
  BRINK_TRY(CheckBorder(node, options));
  if (options.padding != 0 && options.padding != 1) {
    return node.Invalid("padding " + std::to_string(options.padding) +
                        ", wanted SAME (0) or VALID (1)");
  }
  const auto padding = static_cast<kernels::Padding>(options.padding);
  const kernels::AxisWindow rows{static_cast<int>(options.height), options.stride_height,
                                 options.dilation_height};
  const kernels::AxisWindow columns{static_cast<int>(options.width), options.stride_width,
                                    options.dilation_width};
  const Border& border = node.border;
  BRINK_ASSIGN(const auto vertical,
               PlaceAxis(node, "height", input[1] + border.top + border.bottom, rows, padding));
  BRINK_ASSIGN(const auto horizontal,
               PlaceAxis(node, "width", input[2] + border.left + border.right, columns, padding));
  return kernels::Conv2dShape{
      .batch = static_cast<int>(input[0]),
      .in_height = static_cast<int>(input[1]),
      .in_width = static_cast<int>(input[2]),
      .in_channels = static_cast<int>(input[3]),
      .out_height = vertical.out,
      .out_width = horizontal.out,
      .out_channels = static_cast<int>(options.out_channels),
      .window = {.height = rows.size,
                 .width = columns.size,
                 .stride_height = rows.stride,
                 .stride_width = columns.stride,
                 .dilation_height = rows.dilation,
                 .dilation_width = columns.dilation,
                 .pad_top = vertical.pad_before + static_cast<int>(border.top),
                 .pad_left = horizontal.pad_before + static_cast<int>(border.left)}};
}

Shape OutputShape(const kernels::Conv2dShape& shape) {
  return {shape.batch, shape.out_height, shape.out_width, shape.out_channels};
}

}  // namespace brink::ops
