// The filter's side of Winograd's minimal filtering, done once when weights are packed. Only for
// this room's sources.
#pragma once

#include <cstddef>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/winograd_points.h"

namespace brink::kernels {

// Whether F(m x m, 3 x 3) can compute the convolution.
inline bool IsPlain3x3(const Conv2dShape& s) {
  const Window2d& w = s.window;
  return w.height == 3 && w.width == 3 && w.stride_height == 1 && w.stride_width == 1 &&
         w.dilation_height == 1 && w.dilation_width == 1 && s.groups == 1;
}

struct FilterPlace {
  size_t in;   // input channel
  size_t out;  // output channel
};

// positions[(kOut + 2) * row + column] = (G filter G')[row][column].
template <int kOut>
void TransformFilter(const ConvProblem& p, const float* filter, FilterPlace at, float* positions) {
  constexpr int kSide = kOut + 2;
  constexpr const auto& kFilter = kWinograd<kOut>.filter;
  const FilterIndex index(p);
  const auto depth = static_cast<size_t>(p.shape.in_channels);
  double half[kSide][3];
  for (size_t i = 0; i < kSide; ++i) {
    for (size_t x = 0; x < 3; ++x) {
      half[i][x] = 0;
      for (size_t y = 0; y < 3; ++y) {
        half[i][x] += kFilter[i][y] * double{filter[index(at.out, (y * 3 + x) * depth + at.in)]};
      }
    }
  }
  for (size_t i = 0; i < kSide; ++i) {
    for (size_t j = 0; j < kSide; ++j) {
      double sum = 0;
      for (size_t x = 0; x < 3; ++x) sum += half[i][x] * kFilter[j][x];
      positions[i * kSide + j] = static_cast<float>(sum);
    }
  }
}

}  // namespace brink::kernels
