#include "brink/kernels/landmarks.h"

#include <algorithm>
#include <cmath>

namespace brink::kernels {
namespace {

struct Point {
  float x, y;
};

Point Turn(Point p, float radians) {
  const float cosine = std::cos(radians);
  const float sine = std::sin(radians);
  return {cosine * p.x - sine * p.y, sine * p.x + cosine * p.y};
}

// a * b
Transform Multiply(const Transform& a, const Transform& b) {
  Transform product{};
  for (size_t row = 0; row < 4; ++row) {
    for (size_t column = 0; column < 4; ++column) {
      for (size_t k = 0; k < 4; ++k)
        product[row * 4 + column] += a[row * 4 + k] * b[k * 4 + column];
    }
  }
  return product;
}

Transform Shift(float x, float y) { return {1, 0, 0, x, 0, 1, 0, y, 0, 0, 1, 0, 0, 0, 0, 1}; }

Point Apply(const float* rows, Point p) {
  return {rows[0] * p.x + rows[1] * p.y + rows[3], rows[4] * p.x + rows[5] * p.y + rows[7]};
}

}  // namespace

Transform CropTransform(const LandmarkCrop& crop, const float* landmarks) {
  const auto at = [&](int index) {
    return Point{landmarks[int64_t{3} * index], landmarks[int64_t{3} * index + 1]};
  };
  const Point left = at(crop.left);
  const Point right = at(crop.right);
  const float radians = crop.target_radians - std::atan2(right.y - left.y, right.x - left.x);
  Point most = Turn(at(crop.subset[0].first), radians);
  Point least = most;
  for (const auto& [first, second] : crop.subset) {
    for (const int index : {first, second}) {
      const Point turned = Turn(at(index), radians);
      most = {std::max(most.x, turned.x), std::max(most.y, turned.y)};
      least = {std::min(least.x, turned.x), std::min(least.y, turned.y)};
    }
  }
  const Point centre = Turn({(most.x + least.x) / 2, (most.y + least.y) / 2}, -radians);
  const float cosine = std::cos(-radians);
  const float sine = std::sin(-radians);
  const Transform turn = {cosine, -sine, 0, 0, sine, cosine, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  const float scale_x = crop.scale_x * (most.x - least.x) / static_cast<float>(crop.width);
  const float scale_y = crop.scale_y * (most.y - least.y) / static_cast<float>(crop.height);
  const Transform scale = {scale_x, 0, 0, 0, 0, scale_y, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  const Transform to_middle =
      Shift(-static_cast<float>(crop.width) / 2, -static_cast<float>(crop.height) / 2);
  return Multiply(Multiply(Multiply(Shift(centre.x, centre.y), turn), scale), to_middle);
}

void TransformLandmarks(const Transform& transform, int64_t count, int dimensions,
                        const float* landmarks, float* output) {
  for (int64_t i = 0; i < count; ++i, landmarks += dimensions, output += dimensions) {
    const Point moved = Apply(transform.data(), {landmarks[0], landmarks[1]});
    output[0] = moved.x;
    output[1] = moved.y;
    if (dimensions == 3) output[2] = landmarks[2];
  }
}

void CropBilinear(const CropShape& s, const Transform& transform, const float* input,
                  float* output) {
  // Pixels are meant by their centres.
  Transform t = transform;
  t[3] += t[0] * 0.5F + t[1] * 0.5F - 0.5F;
  t[7] += t[4] * 0.5F + t[5] * 0.5F - 0.5F;
  const auto last_x = static_cast<float>(s.in_width - 1);
  const auto last_y = static_cast<float>(s.in_height - 1);
  for (int y = 0; y < s.out_height; ++y) {
    for (int x = 0; x < s.out_width; ++x, output += s.channels) {
      const Point p = Apply(t.data(), {static_cast<float>(x), static_cast<float>(y)});
      if (!(p.x >= 0 && p.x <= last_x && p.y >= 0 && p.y <= last_y)) {
        std::fill_n(output, s.channels, 0.0F);
        continue;
      }
      const auto x0 = static_cast<int>(p.x);
      const auto y0 = static_cast<int>(p.y);
      const float right = p.x - static_cast<float>(x0);
      const float lower = p.y - static_cast<float>(y0);
      // Past the last pixel the weight is zero.
      const int x1 = std::min(x0 + 1, s.in_width - 1);
      const int y1 = std::min(y0 + 1, s.in_height - 1);
      const auto at = [&](int row, int column) {
        return input + (int64_t{row} * s.in_width + column) * s.channels;
      };
      for (int c = 0; c < s.channels; ++c) {
        const float above = (1 - right) * at(y0, x0)[c] + right * at(y0, x1)[c];
        const float below = (1 - right) * at(y1, x0)[c] + right * at(y1, x1)[c];
        output[c] = lower * below + (1 - lower) * above;
      }
    }
  }
}

}  // namespace brink::kernels
