// A line of output pixels of an 8-bit depthwise convolution; compiled once a CPU target, for 64-bit
// ARM.
#if defined(BRINK_KERNELS_SLIDING_LINE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_SLIDING_LINE_INL_H_
#undef BRINK_KERNELS_SLIDING_LINE_INL_H_
#else
#define BRINK_KERNELS_SLIDING_LINE_INL_H_
#endif

#include <algorithm>
#include <type_traits>

#include "brink/kernels/int_packing-inl.h"

#if HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

inline constexpr int kMostTaps = 7;  // of a window, each way
inline constexpr int kChannels =
    8;  // of a block; the last block begins early where it would be shorter
inline constexpr int kTogether = 4;  // output pixels of a line that are finished together

// An axis of the picture, along a line of output pixels or from line to line.
struct Axis {
  int64_t inputs;
  int64_t outputs;
  int stride;
  int pad;

  // The outputs whose windows of `taps` inputs end within the input.
  int64_t Whole(int taps) const {
    const int64_t last = inputs - taps + pad;
    return last < 0 ? 0 : std::min(outputs, last / stride + 1);
  }
};

// A line of output pixels, of one block of channels.
template <class T>
struct Line {
  Axis axis;
  const T* rows[kMostTaps];  // where its windows' rows begin
  bool inside[kMostTaps];    // the others may point anywhere
  int channel;               // the block's first, of rows and output
  size_t step;               // from input to input
  const std::byte* block;
  T* output;
  size_t output_step;
};

struct Sums {
  int32x4_t low, high;
};

// Requantises sums of a block and stores them as the line's next output pixels.
template <class T, Scaling kScaling>
class PixelStore {
 public:
  HWY_INLINE PixelStore(const QuantizedConvProblem& p, const Line<T>& line)
      : requantizer_(reinterpret_cast<const int32_t*>(line.block) + kRequantizerRow * kChannels),
        to_(line.output + line.channel),
        step_(line.output_step),
        zero_(p.output_zero_point),
        low_(hn::Set(kStored, static_cast<T>(p.range.low))),
        high_(hn::Set(kStored, static_cast<T>(p.range.high))) {}

  HWY_INLINE void Store(const Sums& pixel) {
    const int16x8_t values = Requantize(pixel);
    StoreNext(hn::LowerHalf(kPixel, Narrow(values, values)));
  }
  HWY_INLINE void Store(const Sums& first, const Sums& second) {
    const auto bytes = Narrow(Requantize(first), Requantize(second));
    StoreNext(hn::LowerHalf(kPixel, bytes));
    StoreNext(hn::UpperHalf(kPixel, bytes));
  }

 private:
  static constexpr hn::Repartition<T, IntTag> kStored{};
  static constexpr hn::Half<hn::Repartition<T, IntTag>> kPixel{};

  HWY_INLINE int16x8_t Requantize(const Sums& sums) const {
    if constexpr (kScaling == Scaling::kGeneral) {
      const Requantizer low(requantizer_, kChannels, zero_);
      const Requantizer high(requantizer_ + kIntLanes, kChannels, zero_);
      return vcombine_s16(vqmovn_s32(low(IntVector(sums.low)).raw),
                          vqmovn_s32(high(IntVector(sums.high)).raw));
    } else {
      constexpr bool kRectified = kScaling == Scaling::kRectified;
      const int32_t* shifts = requantizer_ + kChannels;
      const int32x4_t low =
          ScaleRight<kRectified>(sums.low, vld1q_s32(requantizer_), vld1q_s32(shifts));
      const int32x4_t high =
          ScaleRight<kRectified>(sums.high, vld1q_s32(requantizer_ + 4), vld1q_s32(shifts + 4));
      return AddZeroPoint(low, high, vdupq_n_s16(static_cast<int16_t>(zero_)));
    }
  }

  HWY_INLINE Bytes<T> Narrow(int16x8_t first, int16x8_t second) const {
    Bytes<T> bytes;
    if constexpr (std::is_signed_v<T>) {
      bytes.raw = vcombine_s8(vqmovn_s16(first), vqmovn_s16(second));
    } else {
      bytes.raw = vcombine_u8(vqmovun_s16(first), vqmovun_s16(second));
    }
    return hn::Min(hn::Max(bytes, low_), high_);
  }

  HWY_INLINE void StoreNext(hn::Vec<hn::Half<hn::Repartition<T, IntTag>>> pixel) {
    hn::StoreU(pixel, kPixel, to_);
    to_ += step_;
  }

  const int32_t* requantizer_;
  T* to_;
  size_t step_;
  int32_t zero_;
  Bytes<T> low_, high_;
};

// Adds a line's inputs at one place, which is tap `tap` of the first pixel, to the sums of all
// pixels whose windows hold it. Sums begin with their first tap.
template <int kStride, class Windows, class Inputs>
HWY_INLINE void AddPlace(const Windows& windows, const Inputs& inputs, int tap, Sums* pixels) {
#pragma GCC unroll 8
  for (int i = 0; i * kStride <= tap; ++i) {
    const int of_pixel = tap - i * kStride;
    if (of_pixel == 0) windows.Begin(pixels[i]);
    windows.Add(pixels[i], inputs, of_pixel);
  }
}

// Windows of neighbouring pixels share all but `kStride` of their taps' places: sums begun by the
// pixels before are carried on, each input read once. `Windows` tells what a line's windows share.
template <class Windows, int kStride, Scaling kScaling, class T>
HWY_NOINLINE void RunLine(const QuantizedConvProblem& p, const Line<T>& line) {
  constexpr int kTaps = Windows::kTaps;
  constexpr int kPending = (kTaps - 1) / kStride;  // pixels begun before one is finished
  Windows windows(p, line);
  PixelStore<T, kScaling> store(p, line);
  Sums sums[kTogether + kPending];
  const auto inputs_at = [&](int64_t place) HWY_ATTR {
    return place >= 0 && place < line.axis.inputs ? windows.Next() : windows.Outside();
  };
#pragma GCC unroll 8
  for (int tap = 0; tap < kTaps - kStride; ++tap)
    AddPlace<kStride>(windows, inputs_at(tap - line.axis.pad), tap, sums);
  const int64_t whole = line.axis.Whole(kTaps);
  int64_t done = 0;
  for (; done + kTogether <= whole; done += kTogether) {
#pragma GCC unroll 8
    for (int i = 0; i < kTogether; ++i) {
#pragma GCC unroll 8
      for (int tap = kTaps - kStride; tap < kTaps; ++tap)
        AddPlace<kStride>(windows, windows.Next(), tap, sums + i);
      if (i % 2 == 1) store.Store(sums[i - 1], sums[i]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < kPending; ++i) sums[i] = sums[kTogether + i];
  }
  for (; done < line.axis.outputs; ++done) {
#pragma GCC unroll 8
    for (int tap = kTaps - kStride; tap < kTaps; ++tap)
      AddPlace<kStride>(windows, inputs_at(done * kStride - line.axis.pad + tap), tap, sums);
    store.Store(sums[0]);
#pragma GCC unroll 8
    for (int i = 0; i < kPending; ++i) sums[i] = sums[1 + i];
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#endif  // BRINK_KERNELS_SLIDING_LINE_INL_H_
