#include "brink/kernels/pool_argmax.h"

#include <algorithm>
#include <limits>

namespace brink::kernels {
namespace {

struct Best {
  float value = std::numeric_limits<float>::lowest();
  int cell = 0;
};

Best BestOf(const Conv2dShape& s, const float* picture, int64_t top, int64_t left, int channel) {
  const Window2d& w = s.window;
  Best best;
  for (int ky = 0; ky < w.height; ++ky) {
    for (int kx = 0; kx < w.width; ++kx) {
      const int64_t y = top + ky;
      const int64_t x = left + kx;
      if (y < 0 || y >= s.in_height || x < 0 || x >= s.in_width) continue;
      const float value = picture[(y * s.in_width + x) * s.in_channels + channel];
      if (value > best.value) best = {value, ky * w.width + kx};
    }
  }
  return best;
}

// Calls visit(batch, top, left) for each window in order.
template <class Visit>
void ForEachWindow(const Conv2dShape& s, Visit visit) {
  for (int64_t b = 0; b < s.batch; ++b) {
    for (int64_t y = 0; y < s.out_height; ++y) {
      for (int64_t x = 0; x < s.out_width; ++x) {
        visit(b, y * s.window.stride_height - s.window.pad_top,
              x * s.window.stride_width - s.window.pad_left);
      }
    }
  }
}

}  // namespace

void MaxPoolArgmax(const PoolProblem& p, const float* input, float* output, float* indices) {
  const Conv2dShape& s = p.shape;
  ForEachWindow(s, [&](int64_t batch, int64_t top, int64_t left) {
    const float* picture = input + batch * s.in_height * s.in_width * s.in_channels;
    for (int c = 0; c < s.in_channels; ++c) {
      const Best best = BestOf(s, picture, top, left, c);
      *output++ = std::min(std::max(best.value, p.range.low), p.range.high);
      *indices++ = static_cast<float>(best.cell) + 0.1F;
    }
  });
}

void MaxUnpool(const Conv2dShape& s, const float* input, const float* indices, float* output) {
  const auto cells = static_cast<float>(int64_t{s.window.height} * s.window.width);
  std::fill_n(output, s.in_elements(), 0.0F);
  ForEachWindow(s, [&](int64_t batch, int64_t top, int64_t left) {
    float* picture = output + batch * s.in_height * s.in_width * s.in_channels;
    for (int c = 0; c < s.in_channels; ++c, ++input, ++indices) {
      if (!(*indices >= 0) || !(*indices < cells)) continue;
      const auto cell = static_cast<int64_t>(*indices);
      const int64_t y = top + cell / s.window.width;
      const int64_t x = left + cell % s.window.width;
      if (y < 0 || y >= s.in_height || x < 0 || x >= s.in_width) continue;
      picture[(y * s.in_width + x) * s.in_channels + c] = *input;
    }
  });
}

}  // namespace brink::kernels
