#include "brink/vision/fill_input.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "brink/vision/resample.h"
#include "brink/vision/row_loops.h"

namespace brink::vision {
namespace {

// stored = level * factor + offset, an element of a row each, so that the loops over a row have no
// channel in them.
struct Affine {
  std::vector<float> factor;
  std::vector<float> offset;
};

Affine RowAffine(const InputCard& card, const Quantization& quantization, const InputSize& size) {
  const double step = quantization.empty() ? 1.0 : quantization.scale[0];
  const double zero = quantization.empty() ? 0.0 : static_cast<double>(quantization.zero_point[0]);
  Affine affine;
  for (int k = 0; k < size.width * size.channels; ++k) {
    const auto channel = static_cast<size_t>(k % size.channels);
    const double scale = card.scale[channel] / step;
    affine.factor.push_back(static_cast<float>(scale));
    affine.offset.push_back(static_cast<float>(zero - card.mean[channel] * scale));
  }
  return affine;
}

// ITU-R BT.601 luma, as JPEG, OpenCV and Pillow weigh it.
void RgbToGrey(std::span<const float> rgb, std::span<float> grey) {
  for (size_t x = 0; x < grey.size(); ++x) {
    grey[x] = 0.299f * rgb[3 * x] + 0.587f * rgb[3 * x + 1] + 0.114f * rgb[3 * x + 2];
  }
}

// Plain pointers, loaded once: a span of bytes may alias the vectors' own fields, and the loop
// would not be vectorised.
template <class Element>
void Store(std::span<const float> levels, const Affine& affine, std::span<Element> out) {
  const float* __restrict level = levels.data();
  const float* __restrict factor = affine.factor.data();
  const float* __restrict offset = affine.offset.data();
  Element* __restrict to = out.data();
  const size_t count = out.size();
  if constexpr (std::is_same_v<Element, float>) {
    for (size_t k = 0; k < count; ++k) to[k] = level[k] * factor[k] + offset[k];
  } else {
    constexpr int kLowest = std::is_signed_v<Element> ? -128 : 0;
    StoreBytes(level, factor, offset, kLowest, count, reinterpret_cast<uint8_t*>(to));
  }
}

template <class Element>
void FillRows(const PixelsView& picture, const InputCard& card, const Affine& affine,
              const InputSize& size, std::span<Element> out) {
  const Region place = PlaceInInput(card, size, picture.width, picture.height);
  Resampler resampler(picture, place.width, place.height, card.colour == ColourOrder::kBgr);
  const auto channels = static_cast<size_t>(size.channels);
  const size_t row_size = static_cast<size_t>(size.width) * channels;
  const size_t filled = static_cast<size_t>(place.width) * channels;
  const size_t begin = static_cast<size_t>(place.left) * channels;
  const bool bordered = place.width < size.width || place.height < size.height;
  const std::vector<float> border(bordered ? row_size : 0, card.pad);
  std::vector<float> grey(size.channels == 1 ? filled : 0);
  for (int y = 0; y < size.height; ++y) {
    const auto row = out.subspan(static_cast<size_t>(y) * row_size, row_size);
    if (bordered) Store<Element>(border, affine, row);
    if (y < place.top || y >= place.top + place.height) continue;
    std::span<const float> levels = resampler.Row(y - place.top);
    if (size.channels == 1) {
      RgbToGrey(levels, grey);
      levels = grey;
    }
    Store<Element>(levels, affine, row.subspan(begin, filled));
  }
}

unexpected<Error> Misfit(const InputCard& card, Type type, const Shape& shape,
                         std::string_view why) {
  const auto side = [](int pixels) {
    return pixels > 0 ? std::to_string(pixels) : std::string("any");
  };
  const std::string channels = card.colour == ColourOrder::kGrey ? "1" : "3";
  return Fail(Code::kFailedPrecondition, "a picture does not fit the input tensor" +
                                             (card.tensor.empty() ? "" : " '" + card.tensor + "'") +
                                             ": the card gives [1, " + side(card.height) + ", " +
                                             side(card.width) + ", " + channels +
                                             "], the tensor is " + std::string(TypeName(type)) +
                                             " " + shape.ToString() + ": " + std::string(why));
}

}  // namespace

Result<InputSize> CheckInput(const InputCard& card, Type type, const Shape& shape,
                             const Quantization& quantization) {
  const auto misfit = [&](std::string_view why) { return Misfit(card, type, shape, why); };
  if (type != Type::kFloat32 && type != Type::kInt8 && type != Type::kUInt8) {
    return misfit("expected FLOAT32, INT8 or UINT8");
  }
  if (type != Type::kFloat32 && !quantization.empty()) {
    const bool one = quantization.scale.size() == 1 && quantization.zero_point.size() == 1;
    if (!one || !(quantization.scale[0] > 0)) return misfit("expected one scale above 0");
  }
  InputSize size{.width = card.width,
                 .height = card.height,
                 .channels = card.colour == ColourOrder::kGrey ? 1 : 3};
  const bool stated = shape.rank() == 4;  // [batch, height, width, channels]
  const auto side = [](int64_t extent) {
    return static_cast<int>(std::clamp<int64_t>(extent, 0, 1 << 20));
  };
  if (stated && size.height == 0) size.height = side(shape[1]);
  if (stated && size.width == 0) size.width = side(shape[2]);
  if (size.width <= 0 || size.height <= 0) return misfit("the card must state width and height");
  const Shape wanted{1, size.height, size.width, size.channels};
  if (stated && !(shape == wanted)) return misfit("expected " + wanted.ToString());
  const int64_t elements = int64_t{size.width} * size.height * size.channels;
  if (shape.elements() != elements)
    return misfit("expected " + std::to_string(elements) + " elements");
  return size;
}

Region PlaceInInput(const InputCard& card, const InputSize& size, int width, int height) {
  if (!card.letterbox) return {0, 0, size.width, size.height};
  const double scale =
      std::min(static_cast<double>(size.width) / width, static_cast<double>(size.height) / height);
  const auto side = [&](int from, int most) {
    return std::clamp(static_cast<int>(std::lround(from * scale)), 1, most);
  };
  const int inner_width = side(width, size.width);
  const int inner_height = side(height, size.height);
  return {(size.width - inner_width) / 2, (size.height - inner_height) / 2, inner_width,
          inner_height};
}

Status FillInput(const PixelsView& picture, const InputCard& card, const Quantization& quantization,
                 TensorView out) {
  BRINK_ASSIGN(const InputSize size, CheckInput(card, out.type, out.shape, quantization));
  BRINK_TRY(CheckSize(picture.width, picture.height, {.max_pixels = INT64_MAX}));
  if (out.type == Type::kFloat32) {
    FillRows(picture, card, RowAffine(card, {}, size), size, out.as<float>());
    return {};
  }
  const Affine affine = RowAffine(card, quantization, size);
  if (out.type == Type::kInt8) {
    FillRows(picture, card, affine, size, out.as<int8_t>());
  } else {
    FillRows(picture, card, affine, size, out.as<uint8_t>());
  }
  return {};
}

}  // namespace brink::vision
