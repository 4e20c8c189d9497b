// A line of output pixels of an 8-bit depthwise convolution with windows of three by three;
// compiled once a CPU target, for 64-bit ARM.
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

inline constexpr int kTaps = 3;  // of a window, each way
inline constexpr int kChannels =
    8;  // of a block; the last block begins early where it would be shorter
inline constexpr int kTogether = 4;  // output pixels of a line that are finished together

// An axis of the picture, along a line of output pixels or from line to line.
struct Axis {
  int64_t inputs;
  int64_t outputs;
  int stride;
  int pad;

  // The outputs whose windows end within the input.
  int64_t Whole() const {
    const int64_t last = inputs - kTaps + pad;
    return last < 0 ? 0 : std::min(outputs, last / stride + 1);
  }
  // Whether no window lies by more than one tap beyond either end.
  bool Slides() const {
    return (stride == 1 || stride == 2) && pad <= 1 &&
           (outputs - 1) * stride - pad + kTaps <= inputs + 1;
  }
};

// A line of output pixels, of one block of channels.
template <class T>
struct Line {
  Axis axis;
  const T* rows[kTaps];  // where its windows' rows begin
  bool inside[kTaps];    // the others may point anywhere
  size_t step;           // from input to input
  const std::byte* block;
  T* output;
  size_t output_step;
};

struct Sums {
  int32x4_t low, high;
};

// The inputs of a line's three rows at one place, less their zero point.
struct Inputs {
  int16x8_t at[kTaps];
};

// What a line's windows share.
template <class T>
class Windows {
 public:
  HWY_INLINE Windows(const QuantizedConvProblem& p, const Line<T>& line)
      : rows_{line.rows[0], line.rows[1], line.rows[2]},
        step_(line.step),
        zero_(vdup_n_u8(static_cast<uint8_t>(p.input_zero_point))) {
    const auto* header = reinterpret_cast<const int32_t*>(line.block);
    const auto* weights = reinterpret_cast<const int16_t*>(header + kPanelHeaderRows * kChannels);
#pragma GCC unroll 3
    for (int row = 0; row < kTaps; ++row) {
      // Rows outside hold the zero point: products of nothing.
      const int16x8_t mask = vdupq_n_s16(line.inside[row] ? -1 : 0);
#pragma GCC unroll 3
      for (int tap = 0; tap < kTaps; ++tap)
        weights_[row][tap] = vandq_s16(vld1q_s16(weights + (row * kTaps + tap) * kChannels), mask);
    }
    biases_ = header;
  }

  // The next inputs of the line.
  HWY_INLINE Inputs Next() {
    Inputs inputs;
#pragma GCC unroll 3
    for (int row = 0; row < kTaps; ++row) {
      const auto* from = reinterpret_cast<const uint8_t*>(rows_[row] + at_);
      if constexpr (std::is_signed_v<T>) {
        inputs.at[row] = vsubl_s8(vreinterpret_s8_u8(vld1_u8(from)), vreinterpret_s8_u8(zero_));
      } else {
        inputs.at[row] = vreinterpretq_s16_u16(vsubl_u8(vld1_u8(from), zero_));
      }
    }
    at_ += step_;
    return inputs;
  }

  // Sums begin with biases, read in one instruction each time: no registers are kept for them.
  HWY_INLINE void Begin(Sums& sums) const {
    const int32_t* biases = biases_;
    asm volatile("" : "+r"(biases));
    sums.low = vld1q_s32(biases);
    sums.high = vld1q_s32(biases + kIntLanes);
  }

  // Adds the products with the windows' taps of one place.
  HWY_INLINE void Add(Sums& sums, const Inputs& inputs, int tap) const {
#pragma GCC unroll 3
    for (int row = 0; row < kTaps; ++row) {
      const int16x8_t weights = weights_[row][tap];
      // g++ takes copies of halves for the intrinsic, and spills them.
      asm("smlal %0.4s, %1.4h, %2.4h" : "+w"(sums.low) : "w"(inputs.at[row]), "w"(weights));
      sums.high = vmlal_high_s16(sums.high, inputs.at[row], weights);
    }
  }

 private:
  const T* rows_[kTaps];
  size_t at_ = 0;
  size_t step_;
  uint8x8_t zero_;
  int16x8_t weights_[kTaps][kTaps];
  const int32_t* biases_;
};

// Requantises sums of a block and stores them as the line's next output pixels.
template <class T, bool kGeneral>
class PixelStore {
 public:
  HWY_INLINE PixelStore(const QuantizedConvProblem& p, const Line<T>& line)
      : requantizer_(reinterpret_cast<const int32_t*>(line.block) + kRequantizerRow * kChannels),
        to_(line.output),
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
    if constexpr (kGeneral) {
      const Requantizer low(requantizer_, kChannels, zero_);
      const Requantizer high(requantizer_ + kIntLanes, kChannels, zero_);
      return vcombine_s16(vqmovn_s32(low(IntVector(sums.low)).raw),
                          vqmovn_s32(high(IntVector(sums.high)).raw));
    } else {
      const int32_t* shifts = requantizer_ + kChannels;
      const int32x4_t low = ScaleRight(sums.low, vld1q_s32(requantizer_), vld1q_s32(shifts));
      const int32x4_t high =
          ScaleRight(sums.high, vld1q_s32(requantizer_ + 4), vld1q_s32(shifts + 4));
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

// Windows of neighbouring pixels share all but `kStride` of their taps' places: sums begun by the
// pixels before are carried on, each input read once.
template <class T, int kStride, bool kGeneral>
HWY_NOINLINE void RunLine(const QuantizedConvProblem& p, const Line<T>& line) {
  Windows<T> windows(p, line);
  PixelStore<T, kGeneral> store(p, line);
  Sums next;   // of the next pixel
  Sums later;  // with a stride of 1, of the one behind it
  windows.Begin(next);
  windows.Begin(later);
  // What lies before the next pixel's last kStride taps.
  if (line.axis.pad == 0) windows.Add(next, windows.Next(), 0);
  if constexpr (kStride == 1) {
    const Inputs inputs = windows.Next();
    windows.Add(next, inputs, 1);
    windows.Add(later, inputs, 0);
  }
  // Ends `sums`, adds to those of the pixel behind with a stride of 1, and begins others.
  const auto step = [&](Sums& sums, Sums& behind, Sums& begun) HWY_ATTR {
    if constexpr (kStride == 2) windows.Add(sums, windows.Next(), 1);
    const Inputs inputs = windows.Next();
    windows.Add(sums, inputs, 2);
    if constexpr (kStride == 1) windows.Add(behind, inputs, 1);
    windows.Begin(begun);
    windows.Add(begun, inputs, 0);
  };
  const int64_t whole = line.axis.Whole();
  int64_t done = 0;
  for (; done + kTogether <= whole; done += kTogether) {
    Sums c, d, e, f;
    if constexpr (kStride == 1) {
      step(next, later, c);
      step(later, c, d);
      step(c, d, e);
      step(d, e, f);
      store.Store(next, later);
      store.Store(c, d);
      next = e;
      later = f;
    } else {
      step(next, later, c);
      step(c, later, d);
      step(d, later, e);
      step(e, later, f);
      store.Store(next, c);
      store.Store(d, e);
      next = f;
    }
  }
  for (; done < whole; ++done) {
    Sums begun;
    step(next, later, begun);
    store.Store(next);
    next = kStride == 1 ? later : begun;
    later = begun;
  }
  if (done < line.axis.outputs) {  // the last window's last tap lies outside
    if constexpr (kStride == 2) windows.Add(next, windows.Next(), 1);
    store.Store(next);
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#endif  // BRINK_KERNELS_SLIDING_LINE_INL_H_
