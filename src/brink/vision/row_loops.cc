#include "brink/vision/row_loops.h"

#include <cstring>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/vision/row_loops.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace brink::vision::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
constexpr hn::CappedTag<float, 16> kLevels;
constexpr hn::Rebind<uint32_t, decltype(kLevels)> kWords;
constexpr hn::Rebind<int32_t, decltype(kLevels)> kNumbers;
using Levels = hn::Vec<decltype(kLevels)>;
using Words = hn::Vec<decltype(kWords)>;

// The byte of each word that stands `shift` bits up.
HWY_INLINE Levels Byte(Words words, int shift) {
  const auto byte = hn::And(hn::ShiftRightSame(words, shift), hn::Set(kWords, 255));
  return hn::ConvertTo(kLevels, hn::BitCast(kNumbers, byte));
}

HWY_INLINE Levels Between(Levels first, Levels second, Levels weight) {
  return hn::MulAdd(hn::Sub(second, first), weight, first);
}

void BlendSamples(const uint32_t* words, uint32_t shift, const float* weights, size_t width,
                  float* out) {
  for (size_t k = 0; k < width; k += hn::Lanes(kLevels)) {
    const Words both = hn::LoadU(kWords, words + k);
    const Levels weight = hn::LoadU(kLevels, weights + k);
    hn::StoreU(Between(Byte(both, 0), Byte(both, static_cast<int>(shift)), weight), kLevels,
               out + k);
  }
}

void BlendSamplePairs(const uint32_t* words, const float* weights, size_t width, float* out_even,
                      float* out_odd) {
  for (size_t k = 0; k < width; k += hn::Lanes(kLevels)) {
    const Words four = hn::LoadU(kWords, words + k);
    const Levels weight = hn::LoadU(kLevels, weights + k);
    hn::StoreU(Between(Byte(four, 0), Byte(four, 16), weight), kLevels, out_even + k);
    hn::StoreU(Between(Byte(four, 8), Byte(four, 24), weight), kLevels, out_odd + k);
  }
}

HWY_INLINE Levels Clamped(Levels level) {
  return hn::Min(hn::Max(level, hn::Zero(kLevels)), hn::Set(kLevels, 255.F));
}

void BlendToRgb(const YuvRow& upper, const YuvRow& lower, float weight, const YuvToRgb& to_rgb,
                bool swap_red_blue, size_t width, float* out) {
  const Levels lower_part = hn::Set(kLevels, weight);
  const auto blend = [&](const float* above, const float* below, size_t k) HWY_ATTR {
    return Between(hn::LoadU(kLevels, above + k), hn::LoadU(kLevels, below + k), lower_part);
  };
  const Levels middle = hn::Set(kLevels, 128.F);
  const Levels y_zero = hn::Set(kLevels, to_rgb.y_zero);
  const Levels y_factor = hn::Set(kLevels, to_rgb.y);
  const Levels v_to_red = hn::Set(kLevels, to_rgb.v_to_red);
  const Levels u_to_green = hn::Set(kLevels, to_rgb.u_to_green);
  const Levels v_to_green = hn::Set(kLevels, to_rgb.v_to_green);
  const Levels u_to_blue = hn::Set(kLevels, to_rgb.u_to_blue);
  for (size_t k = 0; k < width; k += hn::Lanes(kLevels)) {
    const Levels grey = hn::Mul(hn::Sub(blend(upper.y, lower.y, k), y_zero), y_factor);
    const Levels blueness = hn::Sub(blend(upper.u, lower.u, k), middle);
    const Levels redness = hn::Sub(blend(upper.v, lower.v, k), middle);
    Levels red = Clamped(hn::MulAdd(v_to_red, redness, grey));
    const Levels green =
        Clamped(hn::MulAdd(v_to_green, redness, hn::MulAdd(u_to_green, blueness, grey)));
    Levels blue = Clamped(hn::MulAdd(u_to_blue, blueness, grey));
    if (swap_red_blue) std::swap(red, blue);
    hn::StoreInterleaved3(red, green, blue, kLevels, out + 3 * k);
  }
}

// Rounded as a positive number: truncation is the one conversion that every target has.
void StoreBytes(const float* levels, const float* factor, const float* offset, int lowest,
                size_t count, uint8_t* out) {
  constexpr hn::Rebind<uint8_t, decltype(kLevels)> kBytes;
  const size_t lanes = hn::Lanes(kLevels);
  const Levels above_lowest = hn::Set(kLevels, static_cast<float>(-lowest));
  const Levels half = hn::Set(kLevels, .5F);
  const auto sign = hn::Set(kBytes, lowest < 0 ? uint8_t{128} : uint8_t{0});
  const auto store = [&](const float* level, const float* times, const float* plus,
                         uint8_t* to) HWY_ATTR {
    const Levels value =
        hn::MulAdd(hn::LoadU(kLevels, level), hn::LoadU(kLevels, times), hn::LoadU(kLevels, plus));
    const Levels rounded = hn::Add(Clamped(hn::Add(value, above_lowest)), half);
    hn::StoreU(hn::Xor(hn::DemoteTo(kBytes, hn::ConvertTo(kNumbers, rounded)), sign), kBytes, to);
  };
  size_t k = 0;
  for (; k + lanes <= count; k += lanes) store(levels + k, factor + k, offset + k, out + k);
  if (k == count) return;
  // The last ones go through a vector of their own: beside them may be another's memory.
  float rest[3][16] = {};
  uint8_t bytes[16];
  const size_t left = (count - k) * sizeof(float);
  std::memcpy(rest[0], levels + k, left);
  std::memcpy(rest[1], factor + k, left);
  std::memcpy(rest[2], offset + k, left);
  store(rest[0], rest[1], rest[2], bytes);
  std::memcpy(out + k, bytes, count - k);
}

}  // namespace brink::vision::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::vision {
HWY_EXPORT(BlendSamples);
HWY_EXPORT(BlendSamplePairs);
HWY_EXPORT(BlendToRgb);
HWY_EXPORT(StoreBytes);

void BlendSamples(const uint32_t* words, uint32_t shift, const float* weights, size_t width,
                  float* out) {
  HWY_DYNAMIC_DISPATCH(BlendSamples)(words, shift, weights, width, out);
}

void BlendSamplePairs(const uint32_t* words, const float* weights, size_t width, float* out_even,
                      float* out_odd) {
  HWY_DYNAMIC_DISPATCH(BlendSamplePairs)(words, weights, width, out_even, out_odd);
}

void BlendToRgb(const YuvRow& upper, const YuvRow& lower, float weight, const YuvToRgb& to_rgb,
                bool swap_red_blue, size_t width, float* out) {
  HWY_DYNAMIC_DISPATCH(BlendToRgb)(upper, lower, weight, to_rgb, swap_red_blue, width, out);
}

void StoreBytes(const float* levels, const float* factor, const float* offset, int lowest,
                size_t count, uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(StoreBytes)(levels, factor, offset, lowest, count, out);
}

}  // namespace brink::vision
#endif  // HWY_ONCE
