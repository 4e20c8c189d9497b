#include "brink/vision/resample.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

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
      converted_(picture.is_yuv ? row_.size() : 0),
      words_(picture.is_yuv ? columns_.size() : 0) {
  for (Kept& kept : kept_) kept.levels.resize(picture.is_yuv ? columns_.size() : row_.size());
  if (!picture.is_yuv) return;
  for (Kept& kept : chroma_) kept.levels.resize(columns_.size() * 2);
  for (size_t plane = 0; plane < 3; ++plane) plane_columns_[plane] = TapsOfPlane(plane);
}

Resampler::PlaneTaps Resampler::TapsOfPlane(size_t plane) const {
  PlaneTaps taps{.first = {}, .weights = {}, .step = static_cast<uint32_t>(picture_.steps[plane])};
  for (const Tap& tap : columns_) {
    const int first = tap.first >> picture_.column_shifts[plane];
    const bool apart = tap.second >> picture_.column_shifts[plane] != first;
    taps.first.push_back(static_cast<uint32_t>(first) * taps.step);
    taps.weights.push_back(apart ? tap.weight : 0.f);
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

// One load brings both samples of a tap where they lie close together, and leaves the arithmetic to
// vectors: most of the time goes into fetching bytes from here and there. It reads up to 3 bytes
// more than it needs, which the plane's last row need not have behind it.
void Resampler::ResizeSamples(size_t plane, int sample_row, const uint8_t* source, float* out) {
  static_assert(std::endian::native == std::endian::little);
  const PlaneTaps& taps = plane_columns_[plane];
  const size_t width = taps.first.size();
  const int last_row = (picture_.height - 1) >> picture_.row_shifts[plane];
  const bool close = taps.step < sizeof(uint32_t);
  const uint32_t shift = close ? 8 * taps.step : 8;  // of the second sample in a word
  uint32_t* __restrict words = words_.data();
  if (close && sample_row < last_row && picture_.strides[plane] >= sizeof(uint32_t)) {
    for (size_t k = 0; k < width; ++k)
      std::memcpy(&words[k], source + taps.first[k], sizeof(*words));
  } else {
    for (size_t k = 0; k < width; ++k) {
      const uint8_t* first = source + taps.first[k];
      const uint32_t second = taps.weights[k] > 0.f ? first[taps.step] : 0;
      words[k] = *first | second << shift;
    }
  }
  const float* __restrict weights = taps.weights.data();
  for (size_t k = 0; k < width; ++k) {
    const auto first = static_cast<float>(static_cast<int32_t>(words[k] & 255));
    const auto second = static_cast<float>(static_cast<int32_t>(words[k] >> shift & 255));
    out[k] = first + (second - first) * weights[k];
  }
}

// The planes' row of samples that pixels of row y take; chroma rows serve two rows of pixels.
const float* Resampler::PlanesRow(KeptRows& rows, size_t first_plane, size_t end_plane, int y) {
  const int sample_row = y >> picture_.row_shifts[first_plane];
  Kept& kept = Place(rows, sample_row);
  if (kept.y == sample_row) return kept.levels.data();
  kept.y = sample_row;
  float* out = kept.levels.data();
  for (size_t plane = first_plane; plane < end_plane; ++plane) {
    ResizeSamples(plane, sample_row, picture_.Row(plane, y), out);
    out += columns_.size();
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
