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

Resampler::Resampler(const PixelsView& picture, int width, int height, bool swap_red_blue)
    : picture_(picture),
      swap_red_blue_(swap_red_blue),
      to_rgb_(picture.meaning),
      columns_(Taps(picture.width, width)),
      rows_(Taps(picture.height, height)),
      row_(static_cast<size_t>(width) * 3),
      converted_(picture.is_yuv ? row_.size() : 0) {
  for (Kept& kept : kept_) kept.levels.resize(row_.size());
}

const std::vector<float>& Resampler::SourceRow(int y) {
  // Rows come in order, so the older of the two is the one to give up.
  Kept& kept =
      kept_[0].y == y || (kept_[1].y != y && kept_[0].y < kept_[1].y) ? kept_[0] : kept_[1];
  if (kept.y == y) return kept.levels;
  kept.y = y;
  if (picture_.is_yuv) {
    ResizeYuvRow(y, kept.levels.data());
  } else {
    ResizeRgbRow(y, kept.levels.data());
  }
  return kept.levels;
}

void Resampler::ResizeRgbRow(int y, float* out) const {
  const uint8_t* source = picture_.Row(0, y);
  const int red = swap_red_blue_ ? 2 : 0;
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
}

void Resampler::ResizeYuvRow(int y, float* out) const {
  for (size_t plane = 0; plane < 3; ++plane) {
    const uint8_t* source = picture_.Row(plane, y);
    const size_t step = picture_.steps[plane];
    const int shift = picture_.column_shifts[plane];
    for (const Tap& tap : columns_) {
      const float first = source[static_cast<size_t>(tap.first >> shift) * step];
      const float second = source[static_cast<size_t>(tap.second >> shift) * step];
      *out++ = first + (second - first) * tap.weight;
    }
  }
}

void Resampler::ConvertToRgb() {
  const size_t width = columns_.size();
  const float* __restrict luma = row_.data();
  const float* __restrict u = luma + width;
  const float* __restrict v = u + width;
  float* __restrict out = converted_.data();
  const auto level = [](float value) {
    const float floored = value > 0.f ? value : 0.f;
    return floored < 255.f ? floored : 255.f;
  };
  const size_t red = swap_red_blue_ ? 2 : 0;
  for (size_t x = 0; x < width; ++x) {
    const float grey = (luma[x] - to_rgb_.y_zero) * to_rgb_.y;
    const float blueness = u[x] - 128.f;
    const float redness = v[x] - 128.f;
    out[3 * x + red] = level(grey + to_rgb_.v_to_red * redness);
    out[3 * x + 1] = level(grey + to_rgb_.u_to_green * blueness + to_rgb_.v_to_green * redness);
    out[3 * x + 2 - red] = level(grey + to_rgb_.u_to_blue * blueness);
  }
}

std::span<const float> Resampler::Row(int y) {
  assert(y >= 0 && static_cast<size_t>(y) < rows_.size());
  const Tap& tap = rows_[static_cast<size_t>(y)];
  const float* upper = SourceRow(tap.first).data();
  const float* lower = SourceRow(tap.second).data();
  for (size_t k = 0; k < row_.size(); ++k) row_[k] = upper[k] + (lower[k] - upper[k]) * tap.weight;
  if (!picture_.is_yuv) return row_;
  ConvertToRgb();
  return converted_;
}

}  // namespace brink::vision
