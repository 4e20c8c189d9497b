#include "brink/kernels/reference/short_conv.h"

#include <algorithm>

#include "brink/kernels/conv_geometry.h"

namespace brink::kernels {

int32_t MultiplyWide(int64_t sum, Multiplier multiplier) {
  constexpr int64_t kMost = int64_t{1} << 47;
  const int64_t bounded = std::clamp(sum, -kMost, kMost - 1);
  const int64_t reduced =
      multiplier.value < 0x7FFF0000 ? (int64_t{multiplier.value} + (1 << 15)) >> 16 : 0x7FFF;
  const int right = 15 - multiplier.shift;
  const int64_t product = bounded * reduced;
  // Multipliers this large saturate whatever they are given.
  if (right < 1) {
    return static_cast<int32_t>(std::clamp<int64_t>(product, INT32_MIN, INT32_MAX));
  }
  const int64_t result = (product + (int64_t{1} << (right - 1))) >> right;
  return static_cast<int32_t>(std::clamp<int64_t>(result, INT32_MIN, INT32_MAX));
}

namespace reference {
namespace {

// Where an output element's window starts.
struct OutputIndex {
  OutputPixel pixel;
  int channel;
};

template <class Filter>
int64_t SumOf(const ShortConvProblem& p, const Filter* filter, const int16_t* input,
              const OutputIndex& at) {
  const Conv2dShape& s = p.shape;
  const Window2d& w = s.window;
  const int depth = s.in_channels / s.groups;
  const int group = at.channel / (s.out_channels / s.groups);
  const FilterIndex index(p.layout, s);
  int64_t sum = 0;
  for (int ky = 0; ky < w.height; ++ky) {
    for (int kx = 0; kx < w.width; ++kx) {
      const int64_t y = at.pixel.y + int64_t{ky} * w.dilation_height;
      const int64_t x = at.pixel.x + int64_t{kx} * w.dilation_width;
      if (y < 0 || y >= s.in_height || x < 0 || x >= s.in_width) continue;
      const int64_t pixel = (at.pixel.batch * s.in_height + y) * s.in_width + x;
      for (int c = 0; c < depth; ++c) {
        const auto cell = static_cast<size_t>((ky * w.width + kx) * depth + c);
        sum += int64_t{input[pixel * s.in_channels + group * depth + c]} *
               filter[index(static_cast<size_t>(at.channel), cell)];
      }
    }
  }
  return sum;
}

}  // namespace

int16_t FinishShort(const ShortConvProblem& p, int64_t sum, Multiplier multiplier) {
  const int32_t value = p.wide ? MultiplyWide(sum, multiplier)
                               : MultiplyByMultiplier(static_cast<int32_t>(sum), multiplier);
  return static_cast<int16_t>(std::min(std::max(value, p.range.low), p.range.high));
}

void ShortConv(const ShortConvProblem& p, const ShortConvWeights& weights, const int16_t* input,
               int16_t* output) {
  PixelWalk walk(p.shape, 0);
  for (int64_t pixel = 0; pixel < p.shape.out_pixels(); ++pixel) {
    const OutputPixel start = walk.Next();
    for (int c = 0; c < p.shape.out_channels; ++c) {
      const auto channel = static_cast<size_t>(c);
      const int64_t sum =
          p.filter_type == Type::kInt8
              ? SumOf(p, static_cast<const int8_t*>(weights.filter), input, {start, c})
              : SumOf(p, static_cast<const int16_t*>(weights.filter), input, {start, c});
      const int64_t bias = weights.bias.empty() ? 0 : weights.bias[channel];
      *output++ = FinishShort(p, sum + bias,
                              weights.multipliers[weights.multipliers.size() > 1 ? channel : 0]);
    }
  }
}

}  // namespace reference
}  // namespace brink::kernels
