// Elementwise operators of two tensors of narrow integers, row by row, bit for bit as fixed point
// gives them; compiled once a CPU target. An operator is a class: see AddVectors.
#if defined(BRINK_KERNELS_QUANTIZED_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_QUANTIZED_ROWS_INL_H_
#undef BRINK_KERNELS_QUANTIZED_ROWS_INL_H_
#else
#define BRINK_KERNELS_QUANTIZED_ROWS_INL_H_
#endif

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "brink/kernels/broadcast.h"
#include "brink/kernels/byte_block-inl.h"
#include "brink/kernels/pieces.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

inline constexpr auto kStep = static_cast<size_t>(kIntLanes);
using RealTag = hn::Rebind<float, IntTag>;
using RealVector = hn::Vec<RealTag>;
inline constexpr RealTag kReal{};

// `count` narrow integers as 32-bit ones, count in [1, kStep]; lanes behind them are 0.
template <class T>
HWY_INLINE IntVector LoadNarrow(const T* from, size_t count) {
  const hn::Rebind<T, IntTag> narrow;
  if (count == kStep) return hn::PromoteTo(kInt, hn::LoadU(narrow, from));
  T values[kStep] = {};
  std::memcpy(values, from, count * sizeof(T));
  return hn::PromoteTo(kInt, hn::LoadU(narrow, values));
}

template <class T>
HWY_INLINE void StoreNarrow(IntVector values, T* to, size_t count) {
  const hn::Rebind<T, IntTag> narrow;
  if (count == kStep) return hn::StoreU(hn::DemoteTo(narrow, values), narrow, to);
  T part[kStep];
  hn::StoreU(hn::DemoteTo(narrow, values), narrow, part);
  std::memcpy(to, part, count * sizeof(T));
}

HWY_INLINE IntVector ClampTo(IntVector low, IntVector high, IntVector value) {
  return hn::Min(hn::Max(value, low), high);
}

// 2^exponent, of a normal number: for short rows std::ldexp's three calls took as long as the sums.
inline double PowerOfTwo(int exponent) {
  return std::bit_cast<double>(static_cast<uint64_t>(exponent + 1023) << 52);
}

inline double RealOf(Multiplier m) { return m.value * PowerOfTwo(m.shift - 31); }

// Fixed point rounds a product to 2^shift first and then half away from zero, which takes what is a
// half of 2^shift short of a tie over it: what to add to an estimate's absolute value.
inline double BiasOf(Multiplier m) { return m.shift < 0 ? PowerOfTwo(m.shift - 1) : 0; }

// An estimate of a product of two differences of bytes, biased so: as long as it is within the
// range of bytes, it rounds its factor and two sums that are below 512; one beyond that range stays
// there. Products shifted left by no more than so many bits stay within 32.
inline double ProductError(Multiplier m) {
  constexpr int kMostShift = 14;
  return m.shift > kMostShift ? 1 : 0x1p-13;
}

// What a multiplication's first rounding moves the result by, at most.
inline double RoundingOf(Multiplier m) { return PowerOfTwo(std::min(m.shift, 0) - 1); }

// Of values that 32 bits hold. NearestInt would saturate others, with as many instructions again.
HWY_INLINE IntVector Nearest(RealVector value) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  return IntVector{_mm512_cvtps_epi32(value.raw)};
#elif HWY_TARGET == HWY_AVX2
  return IntVector{_mm256_cvtps_epi32(value.raw)};
#else
  return hn::NearestInt(value);
#endif
}

// Rounds float32 estimates of results, and says whether that is certain to give what fixed point
// gives: the estimates' distance from a tie is more than the two can differ by. Fixed point takes
// several times the instructions, and one vector in a hundred needs it.
class Estimate {
 public:
  // `error` is what the two can differ by. Where it leaves any certainty, 32 bits hold the
  // estimates.
  explicit Estimate(double error)
      : most_(hn::Set(kReal, static_cast<float>(0.5 - error - kUnit))) {}

  // What a float32's rounding moves it by, at most, where it is about 1.
  static constexpr double kUnit = 0x1p-24;

  // Widens `furthest`, the rounding's largest step yet.
  static HWY_INLINE IntVector Round(RealVector value, RealVector& furthest) {
    const IntVector rounded = Nearest(value);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    constexpr int kNearest = 8;        // steps to the nearest integer
    constexpr int kMostAbsolute = 11;  // the larger absolute value
    const __m512 step = _mm512_reduce_ps(value.raw, kNearest);
    furthest = RealVector{_mm512_range_ps(furthest.raw, step, kMostAbsolute)};
#else
    furthest = hn::Max(furthest, hn::Abs(hn::Sub(value, hn::ConvertTo(kReal, rounded))));
#endif
    return rounded;
  }
  HWY_INLINE bool IsCertain(RealVector furthest) const {
    return hn::AllTrue(kReal, hn::Lt(furthest, most_));
  }

 private:
  RealVector most_;
};

// An operator by its estimate, or in fixed point where it has none or that is not certain.
template <class Operator>
HWY_INLINE IntVector Apply(const Operator& op, IntVector a, IntVector b) {
  if constexpr (Operator::kCertain) {
    return op.Clamp(Nearest(op.Value(a, b)));
  } else if constexpr (Operator::kEstimates) {
    RealVector furthest = hn::Zero(kReal);
    const IntVector rounded = op.estimate().Round(op.Value(a, b), furthest);
    if (HWY_LIKELY(op.estimate().IsCertain(furthest))) return op.Clamp(rounded);
  }
  return op.Exact(a, b);
}

// Some vectors whose certainty is asked for once. `a` and `b` load the v-th of them.
template <class T, class Operator, class LoadA, class LoadB>
HWY_INLINE void MapBlock(const Operator& op, LoadA a, LoadB b, T* output) {
  IntVector results[kBlockVectors];
  if constexpr (Operator::kCertain) {
#pragma GCC unroll 4
    for (size_t v = 0; v < kBlockVectors; ++v) results[v] = Nearest(op.Value(a(v), b(v)));
    return StoreBlock(results, op.range(), output);
  }
  RealVector furthest = hn::Zero(kReal);
#pragma GCC unroll 4
  for (size_t v = 0; v < kBlockVectors; ++v) {
    results[v] = op.estimate().Round(op.Value(a(v), b(v)), furthest);
  }
  if (HWY_UNLIKELY(!op.estimate().IsCertain(furthest))) {
    for (size_t v = 0; v < kBlockVectors; ++v) results[v] = Apply(op, a(v), b(v));
  }
  StoreBlock(results, op.range(), output);
}

// `a` and `b` load so many elements from an index on.
template <class T, class Operator, class LoadA, class LoadB>
HWY_INLINE void MapRow(const Operator& op, LoadA a, LoadB b, T* output, size_t length) {
  // The last elements may be some of the whole vector before them too, and are computed before the
  // first store, as the output may be the same memory.
  const size_t count = std::min(kStep, length);
  const size_t from = length - count;
  IntVector last = hn::Zero(kInt);
  if (length % kStep != 0) last = Apply(op, a(from, count), b(from, count));
  size_t i = 0;
  if constexpr (Operator::kEstimates) {
    for (; i + kBlockVectors * kStep <= length; i += kBlockVectors * kStep) {
      MapBlock(
          op, [&](size_t v) HWY_ATTR { return a(i + v * kStep, kStep); },
          [&](size_t v) HWY_ATTR { return b(i + v * kStep, kStep); }, output + i);
    }
  }
  for (; i + kStep <= length; i += kStep) {
    StoreNarrow(Apply(op, a(i, kStep), b(i, kStep)), output + i, kStep);
  }
  if (i < length) StoreNarrow(last, output + from, count);
}

// `arguments` has rows `a` and `b` of narrow integers, perhaps of different types, and the output,
// which may be the same memory as one that does not stretch.
template <class Operator, class Arguments>
void PairRows(const Operator& op, const Broadcast& broadcast, const Arguments& arguments,
              RowRange rows) {
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  const auto length = static_cast<size_t>(broadcast.extents[inner]);
  for (int64_t row = rows.first; row < rows.last; ++row) {
    const PairOffset at = OffsetOfRow(broadcast, row);
    const auto* a = arguments.a + at.a;
    const auto* b = arguments.b + at.b;
    auto* output = arguments.output + row * broadcast.extents[inner];
    // Read before the row's first store, as the output may be the same memory.
    const IntVector a_value = hn::Set(kInt, *a);
    const IntVector b_value = hn::Set(kInt, *b);
    const auto load_a = [&](size_t i, size_t count) HWY_ATTR { return LoadNarrow(a + i, count); };
    const auto load_b = [&](size_t i, size_t count) HWY_ATTR { return LoadNarrow(b + i, count); };
    if (broadcast.a_strides[inner] == 0) {
      MapRow(
          op, [&](size_t, size_t) HWY_ATTR { return a_value; }, load_b, output, length);
    } else if (broadcast.b_strides[inner] == 0) {
      MapRow(
          op, load_a, [&](size_t, size_t) HWY_ATTR { return b_value; }, output, length);
    } else {
      MapRow(op, load_a, load_b, output, length);
    }
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_QUANTIZED_ROWS_INL_H_
