// ADD, SUB and MUL of bytes in fixed point on NEON, whose instructions round as it does: half of
// what estimates take that have to be told certain; compiled once a CPU target.
#if defined(BRINK_KERNELS_FIXED_ADD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_FIXED_ADD_INL_H_
#undef BRINK_KERNELS_FIXED_ADD_INL_H_
#else
#define BRINK_KERNELS_FIXED_ADD_INL_H_
#endif

#include <cstdlib>
#include <limits>
#include <type_traits>

#include "brink/kernels/byte_block-inl.h"
#include "brink/kernels/quantized_elementwise.h"

#if HWY_TARGET == HWY_NEON

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Bytes of type T less one that fills `zero`: the lower eight, and the upper.
template <class T>
HWY_INLINE int16x8_t LowerDifference(uint8x16_t bytes, uint8x16_t zero) {
  if constexpr (std::is_signed_v<T>) {
    return vsubl_s8(vget_low_s8(vreinterpretq_s8_u8(bytes)),
                    vget_low_s8(vreinterpretq_s8_u8(zero)));
  } else {
    return vreinterpretq_s16_u16(vsubl_u8(vget_low_u8(bytes), vget_low_u8(zero)));
  }
}
template <class T>
HWY_INLINE int16x8_t UpperDifference(uint8x16_t bytes, uint8x16_t zero) {
#if HWY_ARCH_ARM_A64
  if constexpr (std::is_signed_v<T>) {
    return vsubl_high_s8(vreinterpretq_s8_u8(bytes), vreinterpretq_s8_u8(zero));
  } else {
    return vreinterpretq_s16_u16(vsubl_high_u8(bytes, zero));
  }
#else
  return LowerDifference<T>(vcombine_u8(vget_high_u8(bytes), vget_high_u8(bytes)), zero);
#endif
}

// The products of the upper lanes.
HWY_INLINE int32x4_t UpperProducts(int16x8_t a, int16x8_t b) {
#if HWY_ARCH_ARM_A64
  return vmull_high_s16(a, b);
#else
  return vmull_s16(vget_high_s16(a), vget_high_s16(b));
#endif
}

// Two vectors saturated to bytes.
template <class T>
HWY_INLINE Bytes<T> Narrowed(int16x8_t low, int16x8_t high) {
  if constexpr (std::is_signed_v<T>) {
    return Bytes<T>(vcombine_s8(vqmovn_s16(low), vqmovn_s16(high)));
  } else {
    return Bytes<T>(vcombine_u8(vqmovun_s16(low), vqmovun_s16(high)));
  }
}

// A sum whose first input has the larger scale: fixed point takes half of it. Of the second too
// where kHalves, else that is shifted to the right.
template <class T, bool kHalves>
class FixedAddVectors {
 public:
  static constexpr size_t kBytes = 16;

  static bool Applies(const QuantizedAdd& add) {
    const auto shifts = [](Multiplier m) { return m.shift < 0 && m.shift >= -30; };
    return add.left_shift == kLeft && IsHalf(add.a) && (kHalves ? IsHalf(add.b) : shifts(add.b)) &&
           shifts(add.output);
  }

  explicit FixedAddVectors(const QuantizedAdd& add)
      : a_zero_(vdupq_n_u8(static_cast<uint8_t>(add.a_zero_point))),
        b_zero_(vdupq_n_u8(static_cast<uint8_t>(add.b_zero_point))),
        a_half_(vdup_n_s16(add.a.value < 0 ? -kHalf : kHalf)),
        b_half_(vdup_n_s16(add.b.value < 0 ? -kHalf : kHalf)),
        b_(vdupq_n_s32(add.b.value)),
        b_shift_(vdupq_n_s32(add.b.shift)),
        out_(vdupq_n_s32(add.output.value)),
        out_shift_(vdupq_n_s32(add.output.shift)),
        out_zero_(vdupq_n_s16(static_cast<int16_t>(add.output_zero_point))),
        low_(hn::Set(kStored, static_cast<T>(add.range.low))),
        high_(hn::Set(kStored, static_cast<T>(add.range.high))) {}

  HWY_INLINE Bytes<T> operator()(Bytes<T> a, Bytes<T> b) const {
    const int16x8_t low =
        Add(Moved(LowerDifference<T>(Raw(a), a_zero_)), Moved(LowerDifference<T>(Raw(b), b_zero_)));
    const int16x8_t high =
        Add(Moved(UpperDifference<T>(Raw(a), a_zero_)), Moved(UpperDifference<T>(Raw(b), b_zero_)));
    return hn::Min(hn::Max(Narrowed<T>(low, high), low_), high_);
  }

 private:
  static constexpr hn::Repartition<T, IntTag> kStored{};
  // Differences of bytes are shifted left by 20 bits, of which 16 bits hold 7; half of that is
  // 2^12 times those.
  static constexpr int kLeft = 20;
  static constexpr int kNarrowLeft = 7;
  static constexpr int16_t kHalf = 1 << (kLeft - kNarrowLeft - 1);

  static bool IsHalf(Multiplier m) { return m.shift == 0 && std::abs(int64_t{m.value}) == 1 << 30; }
  static HWY_INLINE uint8x16_t Raw(Bytes<T> bytes) {
    return hn::BitCast(hn::Repartition<uint8_t, IntTag>(), bytes).raw;
  }
  static HWY_INLINE int16x8_t Moved(int16x8_t difference) {
    return vshlq_n_s16(difference, kNarrowLeft);
  }

  HWY_INLINE int16x8_t Add(int16x8_t a, int16x8_t b) const {
    const int32x4_t low = Sum(vget_low_s16(a), vget_low_s16(b));
    const int32x4_t high = Sum(vget_high_s16(a), vget_high_s16(b));
    return vqaddq_s16(vcombine_s16(vqmovn_s32(low), vqmovn_s32(high)), out_zero_);
  }
  HWY_INLINE int32x4_t Sum(int16x4_t a, int16x4_t b) const {
    int32x4_t scaled;
    if constexpr (kHalves) {
      scaled = vmull_s16(b, b_half_);
    } else {
      scaled = ScaleRight(vshll_n_s16(b, kLeft - kNarrowLeft), b_, b_shift_);
    }
    return ScaleRight(vmlal_s16(scaled, a, a_half_), out_, out_shift_);
  }

  uint8x16_t a_zero_, b_zero_;
  int16x4_t a_half_, b_half_;
  int32x4_t b_, b_shift_;
  int32x4_t out_, out_shift_;
  int16x8_t out_zero_;
  Bytes<T> low_, high_;
};

// A certain sum of signed bytes. Clamps to the range where kClamps: without, it is that of bytes.
template <int kFraction, bool kClamps>
class ShortSumVectors {
 public:
  static constexpr size_t kBytes = 16;

  explicit ShortSumVectors(const QuantizedAdd& add)
      : a_(vdupq_n_s32(add.short_sum.a)),
        b_(vdupq_n_s32(add.short_sum.b)),
        offset_(vdupq_n_s32(add.short_sum.offset)),
        low_(vdupq_n_s8(static_cast<int8_t>(add.range.low))),
        high_(vdupq_n_s8(static_cast<int8_t>(add.range.high))) {}

  HWY_INLINE Bytes<int8_t> operator()(Bytes<int8_t> a, Bytes<int8_t> b) const {
    int32x4_t x[kBlockVectors], y[kBlockVectors];
    ToTops(a.raw, x);
    ToTops(b.raw, y);
    int16x4_t sums[kBlockVectors];
#pragma GCC unroll 4
    for (size_t v = 0; v < kBlockVectors; ++v) {
      const int32x4_t part = vaddq_s32(vqrdmulhq_s32(y[v], b_), offset_);
      sums[v] = vaddhn_s32(vqrdmulhq_s32(x[v], a_), part);
    }
    const int8x8_t low = vqrshrn_n_s16(vcombine_s16(sums[0], sums[1]), kFraction);
    const int8x8_t high = vqrshrn_n_s16(vcombine_s16(sums[2], sums[3]), kFraction);
    const int8x16_t bytes = vcombine_s8(low, high);
    if constexpr (!kClamps) return Bytes<int8_t>(bytes);
    return Bytes<int8_t>(vminq_s8(vmaxq_s8(bytes, low_), high_));
  }

 private:
  // Each byte as the highest of 32 bits.
  static HWY_INLINE void ToTops(int8x16_t bytes, int32x4_t* tops) {
#if HWY_ARCH_ARM_A64
    // Lanes that are beyond the vector read as 0.
    const uint8x16_t first = {16, 16, 16, 0, 16, 16, 16, 1, 16, 16, 16, 2, 16, 16, 16, 3};
    const uint8x16_t step = {0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4};
    uint8x16_t places = first;
#pragma GCC unroll 4
    for (size_t v = 0; v < kBlockVectors; ++v) {
      tops[v] = vreinterpretq_s32_s8(vqtbl1q_s8(bytes, places));
      places = vaddq_u8(places, step);
    }
#else
    const int16x8_t low = vshll_n_s8(vget_low_s8(bytes), 8);
    const int16x8_t high = vshll_n_s8(vget_high_s8(bytes), 8);
    tops[0] = vshll_n_s16(vget_low_s16(low), 16);
    tops[1] = vshll_n_s16(vget_high_s16(low), 16);
    tops[2] = vshll_n_s16(vget_low_s16(high), 16);
    tops[3] = vshll_n_s16(vget_high_s16(high), 16);
#endif
  }

  int32x4_t a_, b_, offset_;
  int8x16_t low_, high_;
};

// A product whose scaling only shifts it to the right.
template <class T, bool kClamps>
class FixedMulVectors {
 public:
  static constexpr size_t kBytes = 16;

  static bool Applies(const QuantizedMul& mul) {
    constexpr uint64_t kMostProduct = 255 * 255;
    const auto is_byte = [](int32_t value) {
      return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
    };
    return OnlyShiftsRight(mul.output, kMostProduct) && is_byte(mul.a_zero_point) &&
           is_byte(mul.b_zero_point) && is_byte(mul.output_zero_point);
  }

  explicit FixedMulVectors(const QuantizedMul& mul)
      : a_zero_(vdupq_n_u8(static_cast<uint8_t>(mul.a_zero_point))),
        b_zero_(vdupq_n_u8(static_cast<uint8_t>(mul.b_zero_point))),
        out_(vdupq_n_s32(mul.output.value)),
        out_shift_(vdupq_n_s32(mul.output.shift)),
        out_zero_(vdupq_n_s16(static_cast<int16_t>(mul.output_zero_point))),
        low_(hn::Set(kStored, static_cast<T>(mul.range.low))),
        high_(hn::Set(kStored, static_cast<T>(mul.range.high))) {}

  HWY_INLINE Bytes<T> operator()(Bytes<T> a, Bytes<T> b) const {
    const uint8x16_t x = hn::BitCast(kByte, a).raw;
    const uint8x16_t y = hn::BitCast(kByte, b).raw;
    const int16x8_t low = Multiply(LowerDifference<T>(x, a_zero_), LowerDifference<T>(y, b_zero_));
    const int16x8_t high = Multiply(UpperDifference<T>(x, a_zero_), UpperDifference<T>(y, b_zero_));
    const Bytes<T> bytes = Narrowed<T>(low, high);
    if constexpr (!kClamps) return bytes;
    return hn::Min(hn::Max(bytes, low_), high_);
  }

 private:
  static constexpr hn::Repartition<T, IntTag> kStored{};
  static constexpr hn::Repartition<uint8_t, IntTag> kByte{};

  HWY_INLINE int16x8_t Multiply(int16x8_t a, int16x8_t b) const {
    const int32x4_t low = vmull_s16(vget_low_s16(a), vget_low_s16(b));
    const int16x4_t narrow = vqmovn_s32(ScaleRight(low, out_, out_shift_));
    const int32x4_t high = ScaleRight(UpperProducts(a, b), out_, out_shift_);
    return vqaddq_s16(vcombine_s16(narrow, vqmovn_s32(high)), out_zero_);
  }

  uint8x16_t a_zero_, b_zero_;
  int32x4_t out_, out_shift_;
  int16x8_t out_zero_;
  Bytes<T> low_, high_;
};

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#endif  // BRINK_KERNELS_FIXED_ADD_INL_H_
