// requantize.h by vectors of 32-bit integers, compiled once a CPU target; bit for bit the same.
#if defined(BRINK_KERNELS_REQUANTIZE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_REQUANTIZE_INL_H_
#undef BRINK_KERNELS_REQUANTIZE_INL_H_
#else
#define BRINK_KERNELS_REQUANTIZE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "brink/kernels/activation.h"
#include "brink/kernels/requantize.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using IntTag = hn::ScalableTag<int32_t>;
using IntVector = hn::Vec<IntTag>;
inline constexpr IntTag kInt{};
inline constexpr int kIntLanes = static_cast<int>(hn::MaxLanes(IntTag()));

// Lane by lane RoundingDoublingHighMul; b is not INT32_MIN.
HWY_INLINE IntVector RoundingDoublingHighMul(IntVector a, IntVector b) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(kInt, kernels::RoundingDoublingHighMul(hn::GetLane(a), hn::GetLane(b)));
#elif HWY_TARGET == HWY_NEON
  return IntVector(vqrdmulhq_s32(a.raw, b.raw));
#else
  const hn::RepartitionToWide<IntTag> wide;
  const hn::Repartition<uint64_t, IntTag> bits;
  const auto half = hn::Set(wide, int64_t{1} << 30);
  // The products' low bits are all that is kept, so a logical shift does for a signed one.
  const auto even = hn::BitCast(bits, hn::Add(hn::MulEven(a, b), half));
  const auto odd =
      hn::BitCast(bits, hn::Add(hn::MulEven(hn::Shuffle2301(a), hn::Shuffle2301(b)), half));
  return hn::OddEven(hn::BitCast(kInt, hn::ShiftLeft<1>(odd)),
                     hn::BitCast(kInt, hn::ShiftRight<31>(even)));
#endif
}

// A multiplier, or one a lane, made ready.
struct VectorMultiplier {
  IntVector value;
  IntVector left;       // bits
  IntVector right;      // bits
  IntVector mask;       // 2^right - 1
  IntVector threshold;  // mask / 2

  explicit VectorMultiplier(Multiplier multiplier)
      : VectorMultiplier(hn::Set(kInt, multiplier.value), hn::Set(kInt, multiplier.shift)) {}
  VectorMultiplier(IntVector values, IntVector shifts)
      : value(values),
        left(hn::Max(shifts, hn::Zero(kInt))),
        right(hn::Max(hn::Neg(shifts), hn::Zero(kInt))),
        mask(hn::Sub(hn::Shl(hn::Set(kInt, 1), right), hn::Set(kInt, 1))),
        threshold(hn::ShiftRight<1>(mask)) {}
};

// Lane by lane MultiplyByMultiplier for shifts of at least -30.
HWY_INLINE IntVector MultiplyByMultiplier(IntVector x, const VectorMultiplier& m) {
  const IntVector product = RoundingDoublingHighMul(hn::Shl(x, m.left), m.value);
  const IntVector remainder = hn::And(product, m.mask);
  // Comparisons are -1 where true.
  const IntVector threshold = hn::Sub(m.threshold, hn::BroadcastSignBit(product));
  const IntVector rounds = hn::VecFromMask(kInt, hn::Gt(remainder, threshold));
  return hn::Sub(hn::Shr(product, m.right), rounds);
}

// What the classes below want added to the sums that they scale, modulo 2^32: on x86, where
// products of unsigned numbers come as cheap as those of signed ones, sums are moved to [0, 2^32).
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
inline constexpr int32_t kSumOffset = INT32_MIN;
#else
inline constexpr int32_t kSumOffset = 0;
#endif

// What follows is made of multipliers, or made ready before and kept in rows of integers, a lane's
// in the same place of each. The first two rows are values and shifts until Ready has been there.
// Neither wants more than this.
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
inline constexpr int kRequantizerRows = 5;
#else
inline constexpr int kRequantizerRows = 3;
#endif

// A moved sum times a multiplier, plus a zero point.
class Requantizer {
 public:
  // From rows that stay as they are.
  HWY_INLINE Requantizer(const int32_t* rows, size_t width, int32_t zero_point)
      : Requantizer(hn::LoadU(kInt, rows), hn::LoadU(kInt, rows + width), zero_point) {}
  Requantizer(IntVector values, IntVector shifts, int32_t zero_point)
      : multiplier_(values, shifts), zero_point_(hn::Set(kInt, zero_point)) {}
  HWY_INLINE IntVector operator()(IntVector sum) const {
    const IntVector x = hn::Xor(sum, hn::Set(kInt, kSumOffset));
    return hn::Add(MultiplyByMultiplier(x, multiplier_), zero_point_);
  }

 private:
  VectorMultiplier multiplier_;
  IntVector zero_point_;
};

// How sums are requantised: by Requantizer, by RightRequantizer where all multipliers
// OnlyShiftRight, or by RectifiedRequantizer where the range begins at the zero point besides: of
// what is negative before that is added nothing is left then, however it was rounded.
enum class Scaling { kGeneral, kRight, kRectified };

// On x86 a sign takes less of the whole.
inline constexpr bool kRectifies = HWY_TARGET == HWY_NEON;

HWY_INLINE Scaling ScalingOf(bool general, IntRange range, int32_t zero_point) {
  if (general) return Scaling::kGeneral;
  return kRectifies && range.low >= zero_point ? Scaling::kRectified : Scaling::kRight;
}

#if HWY_TARGET == HWY_NEON
// A sum times a multiplier that OnlyShiftsRight, whose shift is negative: the shift rounds, so that
// only the sign is left to add, unless kRectified.
template <bool kRectified = false>
HWY_INLINE int32x4_t ScaleRight(int32x4_t x, int32x4_t value, int32x4_t shift) {
  const int32x4_t y = vqrdmulhq_s32(x, value);
  return vrshlq_s32(kRectified ? y : vsraq_n_s32(y, y, 31), shift);
}
#endif

// The same in half the instructions, where OnlyShiftsRight. With y, the high product of x and the
// multiplier, the result is (y + sign + 2^(right - 1) + (zero_point << right)) >> right: the sign,
// of y or as well of x, makes halves of negative numbers round away from zero.
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
// A sum moved by 2^31 times twice the multiplier has y plus the multiplier as its upper half, but
// for rounding; what is added to these products rounds them, takes the multiplier off again and
// adds all that the shift wants but the sign.
class RightRequantizer {
 public:
  RightRequantizer(IntVector values, IntVector shifts, int32_t zero_point)
      : right_(hn::Neg(shifts)) {
    const IntVector one = hn::Set(kInt, 1);
    const IntVector half = hn::Shl(one, hn::Sub(right_, one));
    const IntVector zero = hn::Shl(hn::Set(kInt, zero_point), right_);
    const IntVector upper = hn::Sub(hn::Add(hn::Sub(half, one), zero), values);
    const IntVector lower = hn::Set(kInt, INT32_MIN);
    even_ = hn::ShiftLeft<1>(values);
    odd_ = hn::Shuffle2301(even_);
    even_offset_ = hn::OddEven(hn::Shuffle2301(upper), lower);
    odd_offset_ = hn::OddEven(upper, lower);
  }
  // From rows that are ready; they know the zero point.
  HWY_INLINE RightRequantizer(const int32_t* rows, size_t width, int32_t /*zero_point*/)
      : right_(hn::LoadU(kInt, rows)),
        even_(hn::LoadU(kInt, rows + width)),
        odd_(hn::LoadU(kInt, rows + 2 * width)),
        even_offset_(hn::LoadU(kInt, rows + 3 * width)),
        odd_offset_(hn::LoadU(kInt, rows + 4 * width)) {}
  // Turns a vector of values and one of shifts into what the constructor above reads.
  static void Ready(int32_t* rows, size_t width, int32_t zero_point) {
    const RightRequantizer made(hn::LoadU(kInt, rows), hn::LoadU(kInt, rows + width), zero_point);
    hn::StoreU(made.right_, kInt, rows);
    hn::StoreU(made.even_, kInt, rows + width);
    hn::StoreU(made.odd_, kInt, rows + 2 * width);
    hn::StoreU(made.even_offset_, kInt, rows + 3 * width);
    hn::StoreU(made.odd_offset_, kInt, rows + 4 * width);
  }
  HWY_INLINE IntVector operator()(IntVector sum) const {
    const auto even = hn::Add(Product(sum, even_), hn::BitCast(kWide, even_offset_));
    const auto odd = hn::Add(Product(hn::Shuffle2301(sum), odd_), hn::BitCast(kWide, odd_offset_));
    // Moved sums have the other sign: -1 where x is not negative, which `upper` counts on.
    return hn::Shr(hn::Sub(UpperHalves(even, odd), hn::BroadcastSignBit(sum)), right_);
  }

 private:
  static constexpr hn::Repartition<uint32_t, IntTag> kBits{};
  static constexpr hn::Repartition<uint64_t, IntTag> kWide{};
  using Wide = hn::Vec<hn::Repartition<uint64_t, IntTag>>;

  // Of the even lanes.
  static HWY_INLINE Wide Product(IntVector a, IntVector b) {
    return hn::MulEven(hn::BitCast(kBits, a), hn::BitCast(kBits, b));
  }
  static HWY_INLINE IntVector UpperHalves(Wide even, Wide odd) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    // One instruction for a shift and a blend.
    return IntVector{_mm512_mask_shuffle_epi32(odd.raw, 0x5555, even.raw, _MM_PERM_CDAB)};
#else
    return hn::OddEven(hn::BitCast(kInt, odd), hn::BitCast(kInt, hn::ShiftRight<32>(even)));
#endif
  }

  IntVector right_;
  IntVector even_, odd_;                // doubled multipliers, and with neighbours exchanged
  IntVector even_offset_, odd_offset_;  // to add to the 64 bits of their products
};
#elif HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64
// 32-bit ARM has too few registers for a zero point apart.
template <bool kRectified>
class ShiftingRequantizer {
 public:
  // From rows of values and shifts, which stay as they are.
  HWY_INLINE ShiftingRequantizer(const int32_t* rows, size_t width, int32_t zero_point)
      : value_(hn::LoadU(kInt, rows)),
        shift_(hn::LoadU(kInt, rows + width)),
        zero_point_(hn::Set(kInt, zero_point)) {}
  static void Ready(int32_t* /*rows*/, size_t /*width*/, int32_t /*zero_point*/) {}
  HWY_INLINE IntVector operator()(IntVector x) const {
    return hn::Add(IntVector(ScaleRight<kRectified>(x.raw, value_.raw, shift_.raw)), zero_point_);
  }

 private:
  IntVector value_;
  IntVector shift_;
  IntVector zero_point_;
};
#else
template <bool kRectified>
class ShiftingRequantizer {
 public:
  ShiftingRequantizer(IntVector values, IntVector shifts, int32_t zero_point)
      : value_(values), right_(hn::Neg(shifts)) {
    const IntVector one = hn::Set(kInt, 1);
    offset_ =
        hn::Add(hn::Shl(one, hn::Sub(right_, one)), hn::Shl(hn::Set(kInt, zero_point), right_));
  }
  // From rows that are ready; they know the zero point.
  HWY_INLINE ShiftingRequantizer(const int32_t* rows, size_t width, int32_t /*zero_point*/)
      : value_(hn::LoadU(kInt, rows)),
        right_(hn::LoadU(kInt, rows + width)),
        offset_(hn::LoadU(kInt, rows + 2 * width)) {}
  // Turns a vector of values and one of shifts into what the constructor above reads.
  static void Ready(int32_t* rows, size_t width, int32_t zero_point) {
    const ShiftingRequantizer made(hn::LoadU(kInt, rows), hn::LoadU(kInt, rows + width),
                                   zero_point);
    hn::StoreU(made.right_, kInt, rows + width);
    hn::StoreU(made.offset_, kInt, rows + 2 * width);
  }
  HWY_INLINE IntVector operator()(IntVector x) const {
    IntVector y = RoundingDoublingHighMul(x, value_);
    if constexpr (!kRectified) {
#if HWY_TARGET == HWY_NEON
      y = IntVector(vsraq_n_s32(y.raw, y.raw, 31));
#else
      y = hn::Add(y, hn::BroadcastSignBit(y));
#endif
    }
    return hn::Shr(hn::Add(y, offset_), right_);
  }

 private:
  IntVector value_;
  IntVector right_;
  IntVector offset_;
};
#endif

#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
using RectifiedRequantizer = RightRequantizer;
#else
using RightRequantizer = ShiftingRequantizer<false>;
using RectifiedRequantizer = ShiftingRequantizer<true>;
#endif

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_REQUANTIZE_INL_H_
