#include "brink/vision/resample.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace brink::vision {

std::vector<Resampler::Tap> Resampler::Taps(int from, int to) {
  std::vector<Tap> taps(static_cast<size_t>(to));
  const double scale = static_cast<double>(from) / to;
  for (int k = 0; k < to; ++k) {
    const double place = std::clamp((k + 0.5) * scale - 0.5, 0.0, from - 1.0);
    const int first = static_cast<int>(place);
    taps[static_cast<size_t>(k)] = {first, std::min(first + 1, from - 1),
                                    static_cast<float>(place - first)};
  }
  return taps;
}

Resampler::Resampler(const Image& image, int width, int height, bool swap_red_blue)
    : image_(image),
      swap_red_blue_(swap_red_blue),
      columns_(Taps(image.width, width)),
      rows_(Taps(image.height, height)),
      row_(static_cast<size_t>(width) * 3) {
  for (Kept& kept : kept_) kept.levels.resize(row_.size());
}

const std::vector<float>& Resampler::SourceRow(int y) {
  // Rows come in order, so the older of the two is the one to give up.
  Kept& kept =
      kept_[0].y == y || (kept_[1].y != y && kept_[0].y < kept_[1].y) ? kept_[0] : kept_[1];
  if (kept.y == y) return kept.levels;
  kept.y = y;
  const uint8_t* source =
      image_.rgb.data() + size_t{3} * static_cast<size_t>(image_.width) * static_cast<size_t>(y);
  const int red = swap_red_blue_ ? 2 : 0;
  float* out = kept.levels.data();
  for (const Tap& tap : columns_) {
    const uint8_t* first = source + size_t{3} * static_cast<size_t>(tap.first);
    const uint8_t* second = source + size_t{3} * static_cast<size_t>(tap.second);
    const auto blend = [&](int c) {
      const float level = first[c];
      return level + (static_cast<float>(second[c]) - level) * tap.weight;
    };
    out[0] = blend(red);
    out[1] = blend(1);
    out[2] = blend(2 - red);
    out += 3;
  }
  return kept.levels;
}

std::span<const float> Resampler::Row(int y) {
  assert(y >= 0 && static_cast<size_t>(y) < rows_.size());
  const Tap& tap = rows_[static_cast<size_t>(y)];
  const float* upper = SourceRow(tap.first).data();
  const float* lower = SourceRow(tap.second).data();
  for (size_t k = 0; k < row_.size(); ++k) row_[k] = upper[k] + (lower[k] - upper[k]) * tap.weight;
  return row_;
}

}  // namespace brink::vision
