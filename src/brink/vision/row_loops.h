// The inner loops of filling a model's input from a picture, in vector instructions. vision/ only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "brink/vision/pixels.h"

namespace brink::vision {

// The elements that a row of `width` samples or words has to have: reads and writes of the
// functions on YUV go so far.
constexpr size_t Padded(size_t width) { return (width + 15) / 16 * 16; }

// out[k] lies between two samples of words[k]: the lowest byte and, weights[k] of it, the byte
// `shift` bits above it.
void BlendSamples(const uint32_t* words, uint32_t shift, const float* weights, size_t width,
                  float* out);
// The same for two planes whose samples take turns (NV12's U and V): words[k] holds the first two,
// then the second two.
void BlendSamplePairs(const uint32_t* words, const float* weights, size_t width, float* out_even,
                      float* out_odd);

// Levels of Y, U and V of the same width.
struct YuvRow {
  const float* y;
  const float* u;
  const float* v;
};

// Between two rows, `weight` of the lower one, as RGB (or BGR) levels clamped to 0..255: [width,
// 3].
void BlendToRgb(const YuvRow& upper, const YuvRow& lower, float weight, const YuvToRgb& to_rgb,
                bool swap_red_blue, size_t width, float* out);

// out[k] = levels[k] * factor[k] + offset[k], clamped to [lowest, lowest + 255], then rounded,
// halves up; what is not a number becomes the lowest. `lowest`: 0 for UINT8, -128 for INT8, whose
// bits these are.
void StoreBytes(const float* levels, const float* factor, const float* offset, int lowest,
                size_t count, uint8_t* out);

}  // namespace brink::vision
