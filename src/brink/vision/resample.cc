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
      padded_(Padded(columns_.size())),
      rows_(Taps(picture.height, height)),
      row_((picture.is_yuv ? padded_ : columns_.size()) * 3) {
  for (Kept& kept : kept_) kept.levels.resize(picture.is_yuv ? padded_ : row_.size());
  if (!picture.is_yuv) return;
  words_.resize(padded_);
  for (Kept& kept : chroma_) kept.levels.resize(padded_ * 2);
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
  taps.weights.resize(padded_);
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

// A word may be read at every tap: it goes up to 3 bytes beyond the samples, which the plane's last
// row need not have behind it.
bool Resampler::MayReadWords(size_t plane, int sample_row) const {
  const int last_row = (picture_.height - 1) >> picture_.row_shifts[plane];
  return sample_row < last_row && picture_.strides[plane] >= sizeof(uint32_t);
}

// One load brings all samples of a tap where they lie close together, and leaves the arithmetic to
// vectors: most of the time goes into fetching bytes from here and there.
void Resampler::ReadWords(const PlaneTaps& taps, const uint8_t* source) {
  static_assert(std::endian::native == std::endian::little);
  uint32_t* __restrict words = words_.data();
  const uint32_t* __restrict first = taps.first.data();
  const size_t width = taps.first.size();
  for (size_t k = 0; k < width; ++k) std::memcpy(&words[k], source + first[k], sizeof(*words));
}

void Resampler::ResizeSamples(size_t plane, int sample_row, const uint8_t* source, float* out) {
  const PlaneTaps& taps = plane_columns_[plane];
  const size_t width = taps.first.size();
  const bool close = taps.step < sizeof(uint32_t);
  const uint32_t shift = close ? 8 * taps.step : 8;  // of the second sample in a word
  if (close && MayReadWords(plane, sample_row)) {
    ReadWords(taps, source);
  } else {
    for (size_t k = 0; k < width; ++k) {
      const uint8_t* first = source + taps.first[k];
      const uint32_t second = taps.weights[k] > 0.f ? first[taps.step] : 0;
      words_[k] = *first | second << shift;
    }
  }
  BlendSamples(words_.data(), shift, taps.weights.data(), width, out);
}

// U and V side by side (NV12): one word has both samples of both.
bool Resampler::ResizePairs(int sample_row, int y, float* out) {
  const bool pairs = picture_.steps[1] == 2 && picture_.planes[2] == picture_.planes[1] + 1;
  if (!pairs || !MayReadWords(2, sample_row)) return false;
  const PlaneTaps& taps = plane_columns_[1];
  ReadWords(taps, picture_.Row(1, y));
  BlendSamplePairs(words_.data(), taps.weights.data(), taps.first.size(), out, out + padded_);
  return true;
}

const float* Resampler::LumaRow(int y) {
  Kept& kept = Place(kept_, y);
  if (kept.y != y) ResizeSamples(0, y, picture_.Row(0, y), kept.levels.data());
  kept.y = y;
  return kept.levels.data();
}

// The row of samples that pixels of row y take: it may serve two rows of pixels.
const float* Resampler::ChromaRow(int y) {
  const int sample_row = y >> picture_.row_shifts[1];
  Kept& kept = Place(chroma_, sample_row);
  if (kept.y == sample_row) return kept.levels.data();
  kept.y = sample_row;
  float* out = kept.levels.data();
  if (ResizePairs(sample_row, y, out)) return out;
  ResizeSamples(1, sample_row, picture_.Row(1, y), out);
  ResizeSamples(2, sample_row, picture_.Row(2, y), out + padded_);
  return out;
}

YuvRow Resampler::PlanesRow(int y) {
  const float* chroma = ChromaRow(y);
  return {LumaRow(y), chroma, chroma + padded_};
}

std::span<const float> Resampler::Row(int y) {
  assert(y >= 0 && static_cast<size_t>(y) < rows_.size());
  const Tap& tap = rows_[static_cast<size_t>(y)];
  if (picture_.is_yuv) {
    const YuvRow above = PlanesRow(tap.first);
    BlendToRgb(above, PlanesRow(tap.second), tap.weight, to_rgb_, swap_red_blue_, columns_.size(),
               row_.data());
    return std::span(row_).first(columns_.size() * 3);
  }
  const float* upper = RgbRow(tap.first);
  const float* lower = RgbRow(tap.second);
  for (size_t k = 0; k < row_.size(); ++k) row_[k] = upper[k] + (lower[k] - upper[k]) * tap.weight;
  return row_;
}

}  // namespace brink::vision
