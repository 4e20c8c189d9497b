// ADD and SUB of bytes in fixed point on NEON, whose instructions round as it does: half of what
// estimates take that have to be told certain; compiled once a CPU target.
#if defined(BRINK_KERNELS_FIXED_ADD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_FIXED_ADD_INL_H_
#undef BRINK_KERNELS_FIXED_ADD_INL_H_
#else
#define BRINK_KERNELS_FIXED_ADD_INL_H_
#endif

#include <cstdlib>
#include <type_traits>

#include "brink/kernels/byte_block-inl.h"
#include "brink/kernels/quantized_elementwise.h"

#if HWY_TARGET == HWY_NEON

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

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
      : a_zero_(vdup_n_u8(static_cast<uint8_t>(add.a_zero_point))),
        b_zero_(vdup_n_u8(static_cast<uint8_t>(add.b_zero_point))),
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
        Add(Moved(vget_low_u8(Raw(a)), a_zero_), Moved(vget_low_u8(Raw(b)), b_zero_));
    const int16x8_t high =
        Add(Moved(vget_high_u8(Raw(a)), a_zero_), Moved(vget_high_u8(Raw(b)), b_zero_));
    Bytes<T> bytes;
    if constexpr (std::is_signed_v<T>) {
      bytes.raw = vcombine_s8(vqmovn_s16(low), vqmovn_s16(high));
    } else {
      bytes.raw = vcombine_u8(vqmovun_s16(low), vqmovun_s16(high));
    }
    return hn::Min(hn::Max(bytes, low_), high_);
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
  static HWY_INLINE int16x8_t Moved(uint8x8_t bytes, uint8x8_t zero) {
    if constexpr (std::is_signed_v<T>) {
      return vshlq_n_s16(vsubl_s8(vreinterpret_s8_u8(bytes), vreinterpret_s8_u8(zero)),
                         kNarrowLeft);
    } else {
      return vshlq_n_s16(vreinterpretq_s16_u16(vsubl_u8(bytes, zero)), kNarrowLeft);
    }
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

  uint8x8_t a_zero_, b_zero_;
  int16x4_t a_half_, b_half_;
  int32x4_t b_, b_shift_;
  int32x4_t out_, out_shift_;
  int16x8_t out_zero_;
  Bytes<T> low_, high_;
};

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#endif  // BRINK_KERNELS_FIXED_ADD_INL_H_
