// The sums of depthwise convolutions: neighbouring output pixels of a row times vectors of
// channels, compiled once a CPU target.
#if defined(BRINK_KERNELS_DEPTHWISE_STRIP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_DEPTHWISE_STRIP_INL_H_
#undef BRINK_KERNELS_DEPTHWISE_STRIP_INL_H_
#else
#define BRINK_KERNELS_DEPTHWISE_STRIP_INL_H_
#endif

#include <algorithm>

#include "brink/kernels/activation.h"
#include "brink/kernels/hide_step.h"
#include "brink/kernels/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// The part of a window that lies in the input, for output pixels that share it.
struct Taps {
  const float* input = nullptr;  // the first tap's cell of the first pixel, at the first channel
  size_t weight = 0;             // taps in front of the first
  size_t rows = 0;
  size_t columns = 0;
};

// Floats from tap to tap and from pixel to pixel.
struct Steps {
  size_t row;
  size_t column;
  size_t pixel;
  size_t channels;    // from pixel to pixel of output
  size_t weight_row;  // taps
};

// Neighbouring pixels times a vector of channels.
template <int kPixels>
struct AnyWindows {
  static constexpr int kCount = kPixels;

  template <class D>
  static HWY_INLINE void Add(D d, const float* in, const float* weight, const Taps& taps,
                             const Steps& steps, hn::Vec<D> (&sums)[kCount]) {
    for (size_t y = 0; y < taps.rows; ++y, in += steps.row) {
      const float* cell = in;
      for (size_t x = 0; x < taps.columns; ++x, cell += steps.column) {
        const auto w = hn::LoadU(d, weight + x * hn::MaxLanes(d));
        const float* pixel = cell;
#pragma GCC unroll 8
        for (int i = 0; i < kCount; ++i, pixel += steps.pixel, HideStep(pixel)) {
          sums[i] = hn::MulAdd(hn::LoadU(d, pixel), w, sums[i]);
        }
      }
      weight += steps.weight_row * hn::MaxLanes(d);
    }
  }
};

// The same for windows of kColumns columns inside the input, which lie together: each input is
// loaded once for all the pixels that need it, and nothing is counted but rows.
template <int kPixels, int kColumns, int kStride>
struct FixedWindows {
  static constexpr int kCount = kPixels;

  template <class D>
  static HWY_INLINE void Add(D d, const float* in, const float* weight, const Taps& taps,
                             const Steps& steps, hn::Vec<D> (&sums)[kCount]) {
    for (size_t y = taps.rows; y != 0; --y, in += steps.row) {
      hn::Vec<D> w[kColumns];
#pragma GCC unroll 8
      for (size_t x = 0; x < kColumns; ++x) w[x] = hn::LoadU(d, weight + x * hn::MaxLanes(d));
      weight += steps.weight_row * hn::MaxLanes(d);
      const float* cell = in;
#pragma GCC unroll 16
      for (int column = 0; column < (kCount - 1) * kStride + kColumns; ++column) {
        const auto value = hn::LoadU(d, cell);
        cell += steps.channels;
#pragma GCC unroll 8
        for (int i = 0; i < kCount; ++i) {
          const int x = column - i * kStride;
          if (x >= 0 && x < kColumns) sums[i] = hn::MulAdd(value, w[x], sums[i]);
        }
      }
    }
  }
};

// Channels of neighbouring output pixels that have the same taps.
struct Strip {
  Taps taps;
  const float* packed;  // of the first channels
  float* output;
  int pixels;
  int channels;
  size_t vector_floats;  // packed
  FloatRange range;
};

// Where a vector of channels of the first pixel is.
struct Place {
  const float* input;
  const float* packed;
  float* output;
};

#if HWY_ARCH_ARM_V7
#define BRINK_SUM_VECTOR HWY_NOINLINE  // its own few addresses fit the registers
#else
#define BRINK_SUM_VECTOR HWY_INLINE
#endif

template <class Windows, class D>
BRINK_SUM_VECTOR void SumVector(D d, const Place& place, const Taps& taps, const Steps& steps,
                                FloatRange range) {
  using V = hn::Vec<D>;
  constexpr int kCount = Windows::kCount;
  V sums[kCount];
  const V start = hn::LoadU(d, place.packed);
#pragma GCC unroll 8
  for (int i = 0; i < kCount; ++i) sums[i] = start;
  const float* weight = place.packed + (1 + taps.weight) * hn::MaxLanes(d);
  Windows::Add(d, place.input, weight, taps, steps, sums);
  const V low = hn::Set(d, range.low);
  const V high = hn::Set(d, range.high);
  float* to = place.output;
#pragma GCC unroll 8
  for (int i = 0; i < kCount; ++i, to += steps.channels)
    hn::StoreU(ClampTo(low, high, sums[i]), d, to);
}
#undef BRINK_SUM_VECTOR

// All vectors of channels, the last of which overlaps the one before where it would reach beyond.
template <class Windows, class D>
HWY_INLINE void SumChannels(D d, const Strip& strip, const Steps& steps, const float* in,
                            float* to) {
  constexpr auto kWidth = static_cast<int>(hn::MaxLanes(D()));
  const Taps taps = strip.taps;
  const FloatRange range = strip.range;
  const size_t vector_floats = strip.vector_floats;
  Place place{in, strip.packed, to};
  for (int left = strip.channels; left > 0; left -= kWidth) {
    if (left < kWidth) {
      place.input -= kWidth - left;
      place.output -= kWidth - left;
    }
    SumVector<Windows>(d, place, taps, steps, range);
    place.input += kWidth;
    place.output += kWidth;
    place.packed += vector_floats;
  }
}

// A function of its own with few variables: what does not fit the registers the compiler puts into
// vectors', and to fetch it from there waits for the sums. The last pixels overlap those before
// where their number is no multiple of what is summed together.
template <class Windows, class D>
HWY_NOINLINE void SumStrip(D d, const Strip& strip, const Steps& all_steps) {
  constexpr int kCount = Windows::kCount;
  const Steps steps = all_steps;  // the outputs cannot be these
  const float* in = strip.taps.input;
  float* to = strip.output;
  for (int left = strip.pixels;;) {
    SumChannels<Windows>(d, strip, steps, in, to);
    left -= kCount;
    if (left <= 0) break;
    const auto step = static_cast<size_t>(std::min(left, kCount));
    in += step * steps.pixel;
    to += step * steps.channels;
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_DEPTHWISE_STRIP_INL_H_
