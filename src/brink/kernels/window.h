// How a two-dimensional window slides over an NHWC tensor: convolution, depthwise convolution,
// pooling.
#pragma once

#include <cstdint>

namespace brink::kernels {

struct Window2d {
  int height = 1;
  int width = 1;
  int stride_height = 1;
  int stride_width = 1;
  int dilation_height = 1;
  int dilation_width = 1;
  int pad_top = 0;  // rows of zeros above the input; those below follow from the output's height
  int pad_left = 0;
};

// Input [batch, in_height, in_width, in_channels], output [batch, out_height, out_width,
// out_channels]. All extents are positive, in_channels and out_channels are multiples of `groups`.
struct Conv2dShape {
  int batch = 1;
  int in_height = 1;
  int in_width = 1;
  int in_channels = 1;
  int out_height = 1;
  int out_width = 1;
  int out_channels = 1;
  int groups = 1;
  Window2d window;

  int64_t out_pixels() const { return int64_t{1} * batch * out_height * out_width; }
  int64_t in_elements() const { return int64_t{1} * batch * in_height * in_width * in_channels; }
  int64_t out_elements() const { return out_pixels() * out_channels; }
  int64_t multiplies() const {
    return out_elements() * window.height * window.width * (in_channels / groups);
  }
};

// A picture of one column, over which a window of one column moves, is as well one of one row: the
// same bytes, filter and results, in the form in which kernels see more of it at a time. Other
// shapes as they are.
Conv2dShape ColumnAsRow(const Conv2dShape& shape);

// The values are TFLite's Padding (schema.fbs).
enum class Padding : int8_t { kSame = 0, kValid = 1 };

struct AxisPlacement {
  int out = 0;         // windows along the axis; not positive when the window does not fit
  int pad_before = 0;  // zeros before the first input element
};

struct AxisWindow {
  int size = 1;
  int stride = 1;
  int dilation = 1;
};

// Where TFLite places windows along an axis of `in` elements. All are positive.
// Source: TFLite kernels/padding.h.
AxisPlacement PlaceWindow(int in, AxisWindow window, Padding padding);

}  // namespace brink::kernels
