// Where along an axis a resized element comes from. Only for this room's sources.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace brink::kernels {

struct ResizeAxis {
  int in = 1;
  int out = 1;
  bool align_corners = false;
  bool half_pixel_centers = false;
};

// An output lies between two inputs, `weight` of the way from the lower to the upper.
template <class Weight>
struct ResizePlace {
  int lower = 0;
  int upper = 0;
  Weight weight = 0;
};

inline ResizePlace<float> FloatPlace(const ResizeAxis& axis, int index) {
  const bool aligned = axis.align_corners && axis.out > 1;
  const float scale = aligned ? static_cast<float>(axis.in - 1) / static_cast<float>(axis.out - 1)
                              : static_cast<float>(axis.in) / static_cast<float>(axis.out);
  const auto at = static_cast<float>(index);
  const float place = axis.half_pixel_centers ? (at + 0.5F) * scale - 0.5F : at * scale;
  const int lower = std::clamp(static_cast<int>(std::floor(place)), 0, axis.in - 1);
  const int upper = std::clamp(static_cast<int>(std::ceil(place)), 0, axis.in - 1);
  return {lower, upper, place - static_cast<float>(lower)};
}

// Weights have 10 fraction bits.
inline ResizePlace<int32_t> FixedPlace(const ResizeAxis& axis, int index) {
  constexpr int64_t kOne = 1 << 10;
  const bool aligned = axis.align_corners && axis.out > 1;
  const int64_t in = aligned ? axis.in - 1 : axis.in;
  const int64_t out = aligned ? axis.out - 1 : axis.out;
  const int64_t scale = (kOne * in + out / 2) / out;
  int64_t place = index * scale;
  if (axis.half_pixel_centers) place += scale / 2 - kOne / 2;
  const auto lower = static_cast<int>(std::clamp<int64_t>(place / kOne, 0, axis.in - 1));
  const auto upper =
      static_cast<int>(std::clamp<int64_t>((place + kOne - 1) / kOne, 0, axis.in - 1));
  // Past the last input both places are the same one, so the weight does not count.
  const int64_t weight = std::clamp<int64_t>(place - kOne * lower, -kOne, 2 * kOne);
  return {lower, upper, static_cast<int32_t>(weight)};
}

inline int NearestPlace(const ResizeAxis& axis, int index) {
  const bool aligned = axis.align_corners && axis.out > 1;
  const float scale = aligned ? static_cast<float>(axis.in - 1) / static_cast<float>(axis.out - 1)
                              : static_cast<float>(axis.in) / static_cast<float>(axis.out);
  const float place = (static_cast<float>(index) + (axis.half_pixel_centers ? 0.5F : 0.0F)) * scale;
  const float whole = axis.align_corners ? std::round(place) : std::floor(place);
  return std::clamp(static_cast<int>(whole), 0, axis.in - 1);
}

}  // namespace brink::kernels
