#include "brink/vision/pixels.h"

#include <algorithm>
#include <utility>

namespace brink::vision {
namespace {

// A chroma plane's side for a picture's side.
size_t Half(int side) { return static_cast<size_t>(side) / 2 + static_cast<size_t>(side) % 2; }

uint8_t Level(float value) {
  const float floored = value > 0.f ? value : 0.f;
  return static_cast<uint8_t>(static_cast<int>((floored < 255.f ? floored : 255.f) + .5f));
}

void RowToRgb(const PixelsView& view, int y, uint8_t* out) {
  const YuvToRgb to_rgb(view.meaning);
  const uint8_t* luma = view.Row(0, y);
  const uint8_t* u_row = view.Row(1, y);
  const uint8_t* v_row = view.Row(2, y);
  for (int x = 0; x < view.width; ++x, out += 3) {
    const size_t chroma = static_cast<size_t>(x >> view.column_shifts[1]) * view.steps[1];
    const float grey =
        (static_cast<float>(luma[static_cast<size_t>(x) * view.steps[0]]) - to_rgb.y_zero) *
        to_rgb.y;
    const float u = static_cast<float>(u_row[chroma]) - 128.f;
    const float v = static_cast<float>(v_row[chroma]) - 128.f;
    out[0] = Level(grey + to_rgb.v_to_red * v);
    out[1] = Level(grey + to_rgb.u_to_green * u + to_rgb.v_to_green * v);
    out[2] = Level(grey + to_rgb.u_to_blue * u);
  }
}

}  // namespace

// Luma is a weighted sum of R, G and B with weights red, 1 - red - blue, blue; U and V are the
// differences of B and R from it, scaled to the same range (BT.601 2.5, BT.709 3).
YuvToRgb::YuvToRgb(const YuvMeaning& meaning) {
  const double red = meaning.bt709 ? 0.2126 : 0.299;
  const double blue = meaning.bt709 ? 0.0722 : 0.114;
  const double green = 1 - red - blue;
  const double chroma = meaning.full_range ? 1 : 255.0 / 224;
  y_zero = meaning.full_range ? 0.f : 16.f;
  y = meaning.full_range ? 1.f : static_cast<float>(255.0 / 219);
  v_to_red = static_cast<float>(2 * (1 - red) * chroma);
  u_to_blue = static_cast<float>(2 * (1 - blue) * chroma);
  v_to_green = static_cast<float>(-2 * (1 - red) * red / green * chroma);
  u_to_green = static_cast<float>(-2 * (1 - blue) * blue / green * chroma);
}

PixelsView::PixelsView(const Image& image)
    : PixelsView(ViewOf(PixelFormat::kRgb, image.width, image.height, image.rgb.data(),
                        static_cast<size_t>(image.width) * 3)) {}

size_t BytesOf(PixelFormat format, int width, int height) {
  const auto pixels = static_cast<size_t>(width) * static_cast<size_t>(height);
  switch (format) {
    case PixelFormat::kRgb:
      return pixels * 3;
    case PixelFormat::kI420:
    case PixelFormat::kNv12:
      return pixels + 2 * Half(width) * Half(height);
    case PixelFormat::kYuyv:
      return 4 * Half(width) * static_cast<size_t>(height);
  }
  return 0;
}

PixelsView ViewOf(PixelFormat format, int width, int height, const uint8_t* bytes, size_t stride) {
  PixelsView view;
  view.width = width;
  view.height = height;
  view.is_yuv = format != PixelFormat::kRgb;
  if (bytes == nullptr) return view;  // of no pixels
  const uint8_t* chroma = bytes + stride * static_cast<size_t>(height);
  switch (format) {
    case PixelFormat::kRgb:
      view.planes = {bytes, bytes + 1, bytes + 2};
      view.steps = {3, 3, 3};
      view.strides = {stride, stride, stride};
      return view;
    case PixelFormat::kYuyv:
      view.planes = {bytes, bytes + 1, bytes + 3};
      view.steps = {2, 4, 4};
      view.strides = {stride, stride, stride};
      view.column_shifts = {0, 1, 1};
      return view;
    case PixelFormat::kNv12:
      view.planes = {bytes, chroma, chroma + 1};
      view.steps = {1, 2, 2};
      view.strides = {stride, stride + stride % 2, stride + stride % 2};
      break;
    case PixelFormat::kI420: {
      const size_t half = stride / 2 + stride % 2;
      view.planes = {bytes, chroma, chroma + half * Half(height)};
      view.steps = {1, 1, 1};
      view.strides = {stride, half, half};
      break;
    }
  }
  view.column_shifts = {0, 1, 1};
  view.row_shifts = {0, 1, 1};
  return view;
}

PixelsView Pixels::view() const {
  const auto across = static_cast<size_t>(width);
  const size_t dense = format == PixelFormat::kRgb    ? across * 3
                       : format == PixelFormat::kYuyv ? 4 * Half(width)
                                                      : across;
  PixelsView view = ViewOf(format, width, height, bytes.data(), stride > 0 ? stride : dense);
  view.meaning = meaning;
  return view;
}

PixelsView Crop(const PixelsView& view, Region region) {
  const int left = std::clamp(region.left, 0, view.width - 1) & ~1;
  const int top = std::clamp(region.top, 0, view.height - 1) & ~1;
  PixelsView part = view;
  part.width = std::clamp(region.width, 1, view.width - left);
  part.height = std::clamp(region.height, 1, view.height - top);
  for (size_t plane = 0; plane < 3; ++plane) {
    part.planes[plane] = view.Row(plane, top) +
                         static_cast<size_t>(left >> view.column_shifts[plane]) * view.steps[plane];
  }
  return part;
}

Result<Image> ToImage(const PixelsView& view) {
  BRINK_ASSIGN(Image image, MakeImage(view.width, view.height));
  const size_t row = static_cast<size_t>(view.width) * 3;
  for (int y = 0; y < view.height; ++y) {
    uint8_t* out = image.rgb.data() + static_cast<size_t>(y) * row;
    if (view.is_yuv) {
      RowToRgb(view, y, out);
    } else {
      std::copy_n(view.Row(0, y), row, out);
    }
  }
  return image;
}

Pixels FromImage(Image image) {
  return {.format = PixelFormat::kRgb,
          .width = image.width,
          .height = image.height,
          .meaning = {},
          .bytes = std::move(image.rgb),
          .stride = 0};
}

}  // namespace brink::vision
