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
  for (Kept& kept : kept_) kept.levels.resize(picture.is_yuv ? columns_.size() : row_.size());
  if (!picture.is_yuv) return;
  for (Kept& kept : chroma_) kept.levels.resize(columns_.size() * 2);
  for (size_t plane = 0; plane < 3; ++plane) plane_columns_[plane] = BytesOfTaps(plane);
}

std::vector<Resampler::ByteTap> Resampler::BytesOfTaps(size_t plane) const {
  std::vector<ByteTap> taps;
  for (const Tap& tap : columns_) {
    const auto bytes = [&](int x) {
      return static_cast<uint32_t>(static_cast<size_t>(x >> picture_.column_shifts[plane]) *
                                   picture_.steps[plane]);
    };
    taps.push_back({bytes(tap.first), bytes(tap.second), tap.weight});
  }
  return taps;
}

// Where row y is or goes. Rows come in order, so the older of the two is the one to give up.
Resampler::Kept& Resampler::Place(KeptRows& rows, int y) {
  return rows[0].y == y || (rows[1].y != y && rows[0].y < rows[1].y) ? rows[0] : rows[1];
}

const float* Resampler::RgbRow(int y) {
  Kept& kept = Place(kept_, y);
  if (kept.y == y) return kept.levels.data();
  kept.y = y;
  const uint8_t* source = picture_.Row(0, y);
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
  return kept.levels.data();
}

// The planes' row of samples that pixels of row y take; chroma rows serve two rows of pixels.
const float* Resampler::PlanesRow(KeptRows& rows, size_t first_plane, size_t end_plane, int y) {
  const int sample_row = y >> picture_.row_shifts[first_plane];
  Kept& kept = Place(rows, sample_row);
  if (kept.y == sample_row) return kept.levels.data();
  kept.y = sample_row;
  float* __restrict out = kept.levels.data();
  for (size_t plane = first_plane; plane < end_plane; ++plane) {
    const uint8_t* __restrict source = picture_.Row(plane, y);
    for (const ByteTap& tap : plane_columns_[plane]) {
      const float first = source[tap.first];
      const float second = source[tap.second];
      *out++ = first + (second - first) * tap.weight;
    }
  }
  return kept.levels.data();
}

void Resampler::BlendYuvRow(const Tap& tap) {
  const auto blend = [weight = tap.weight](const float* __restrict upper,
                                           const float* __restrict lower, float* __restrict out,
                                           size_t count) {
    for (size_t k = 0; k < count; ++k) out[k] = upper[k] + (lower[k] - upper[k]) * weight;
  };
  const size_t width = columns_.size();
  const float* upper = PlanesRow(kept_, 0, 1, tap.first);
  blend(upper, PlanesRow(kept_, 0, 1, tap.second), row_.data(), width);
  upper = PlanesRow(chroma_, 1, 3, tap.first);
  const float* lower = PlanesRow(chroma_, 1, 3, tap.second);
  blend(upper, lower, row_.data() + width, 2 * width);
}

// Plane by plane in place, which the compiler vectorises, then side by side.
void Resampler::ConvertToRgb() {
  const size_t width = columns_.size();
  float* __restrict red = row_.data();  // Y until it is converted
  float* __restrict green = red + width;
  float* __restrict blue = green + width;
  const YuvToRgb to_rgb = to_rgb_;
  const auto level = [](float value) {
    const float floored = value > 0.f ? value : 0.f;
    return floored < 255.f ? floored : 255.f;
  };
  for (size_t x = 0; x < width; ++x) {
    const float grey = (red[x] - to_rgb.y_zero) * to_rgb.y;
    const float blueness = green[x] - 128.f;
    const float redness = blue[x] - 128.f;
    red[x] = level(grey + to_rgb.v_to_red * redness);
    green[x] = level(grey + to_rgb.u_to_green * blueness + to_rgb.v_to_green * redness);
    blue[x] = level(grey + to_rgb.u_to_blue * blueness);
  }
  const float* __restrict first = swap_red_blue_ ? blue : red;
  const float* __restrict third = swap_red_blue_ ? red : blue;
  float* __restrict out = converted_.data();
  for (size_t x = 0; x < width; ++x) {
    out[3 * x] = first[x];
    out[3 * x + 1] = green[x];
    out[3 * x + 2] = third[x];
  }
}

std::span<const float> Resampler::Row(int y) {
  assert(y >= 0 && static_cast<size_t>(y) < rows_.size());
  const Tap& tap = rows_[static_cast<size_t>(y)];
  if (picture_.is_yuv) {
    BlendYuvRow(tap);
    ConvertToRgb();
    return converted_;
  }
  const float* upper = RgbRow(tap.first);
  const float* lower = RgbRow(tap.second);
  for (size_t k = 0; k < row_.size(); ++k) row_[k] = upper[k] + (lower[k] - upper[k]) * tap.weight;
  return row_;
}

}  // namespace brink::vision
