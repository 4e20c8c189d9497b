#include "brink/kernels/quantized_elementwise.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_elementwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/byte_block-inl.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/pair_pieces.h"
#include "brink/kernels/requantize-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

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

double RealOf(Multiplier m) { return std::ldexp(static_cast<double>(m.value), m.shift - 31); }

// What a multiplication's first rounding moves the result by, at most.
double RoundingOf(Multiplier m) { return std::ldexp(0.5, std::min(m.shift, 0)); }

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
    const IntVector rounded = hn::NearestInt(value);
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
  if constexpr (Operator::kEstimates) {
    RealVector furthest = hn::Zero(kReal);
    const IntVector rounded = op.estimate().Round(op.Value(a, b), furthest);
    if (HWY_LIKELY(op.estimate().IsCertain(furthest))) return op.Clamp(rounded);
  }
  return op.Exact(a, b);
}

class AddVectors {
 public:
  static constexpr bool kEstimates = true;
  // `most` is the largest absolute value of a stored byte.
  AddVectors(const QuantizedAdd& add, int most)
      : a_zero_(hn::Set(kInt, add.a_zero_point)),
        b_zero_(hn::Set(kInt, add.b_zero_point)),
        out_zero_(hn::Set(kInt, add.output_zero_point)),
        low_(hn::Set(kInt, add.range.low)),
        high_(hn::Set(kInt, add.range.high)),
        a_(add.a),
        b_(add.b),
        out_(add.output),
        a_factor_(hn::Set(kReal, static_cast<float>(Factor(add, add.a)))),
        b_factor_(hn::Set(kReal, static_cast<float>(Factor(add, add.b)))),
        offset_(hn::Set(kReal, static_cast<float>(Offset(add)))),
        range_(add.range),
        estimate_(Error(add, most)) {}

  const Estimate& estimate() const { return estimate_; }
  IntRange range() const { return range_; }
  HWY_INLINE IntVector Clamp(IntVector value) const { return ClampTo(low_, high_, value); }
  HWY_INLINE RealVector Value(IntVector a, IntVector b) const {
    return hn::MulAdd(hn::ConvertTo(kReal, a), a_factor_,
                      hn::MulAdd(hn::ConvertTo(kReal, b), b_factor_, offset_));
  }
  HWY_NOINLINE IntVector Exact(IntVector a, IntVector b) const {
    const IntVector x = MultiplyByMultiplier(hn::ShiftLeft<20>(hn::Sub(a, a_zero_)), a_);
    const IntVector y = MultiplyByMultiplier(hn::ShiftLeft<20>(hn::Sub(b, b_zero_)), b_);
    const IntVector sum = MultiplyByMultiplier(hn::Add(x, y), out_);
    return Clamp(hn::Add(sum, out_zero_));
  }

 private:
  static double Factor(const QuantizedAdd& add, Multiplier m) {
    return RealOf(m) * RealOf(add.output) * (1 << 20);
  }
  static double Offset(const QuantizedAdd& add) {
    return add.output_zero_point - add.a_zero_point * Factor(add, add.a) -
           add.b_zero_point * Factor(add, add.b);
  }
  // Either addend of fixed point is at most one off, in units of the sum. The estimate rounds two
  // factors, their products, the offset and two sums.
  static double Error(const QuantizedAdd& add, int most) {
    const double a = most * std::abs(Factor(add, add.a));
    const double b = most * std::abs(Factor(add, add.b));
    const double offset = std::abs(Offset(add));
    const double rounding = Estimate::kUnit * (3 * a + 4 * b + 2 * offset);
    return 2 * RealOf(add.output) + RoundingOf(add.output) + 1.01 * rounding;
  }

  IntVector a_zero_, b_zero_, out_zero_, low_, high_;
  VectorMultiplier a_, b_, out_;
  RealVector a_factor_, b_factor_, offset_;
  IntRange range_;
  Estimate estimate_;
};

class MulVectors {
 public:
  static constexpr bool kEstimates = true;
  explicit MulVectors(const QuantizedMul& mul)
      : a_zero_(hn::Set(kInt, mul.a_zero_point)),
        b_zero_(hn::Set(kInt, mul.b_zero_point)),
        out_zero_(hn::Set(kInt, mul.output_zero_point)),
        low_(hn::Set(kInt, mul.range.low)),
        high_(hn::Set(kInt, mul.range.high)),
        out_(mul.output),
        a_real_zero_(hn::ConvertTo(kReal, a_zero_)),
        b_real_zero_(hn::ConvertTo(kReal, b_zero_)),
        factor_(hn::Set(kReal, static_cast<float>(RealOf(mul.output)))),
        offset_(hn::Set(kReal, static_cast<float>(mul.output_zero_point))),
        bias_(hn::Set(kReal, static_cast<float>(Bias(mul.output)))),
        range_(mul.range),
        estimate_(mul.output.shift > kMostShift ? 1 : kError) {}

  const Estimate& estimate() const { return estimate_; }
  IntRange range() const { return range_; }
  HWY_INLINE IntVector Clamp(IntVector value) const { return ClampTo(low_, high_, value); }
  HWY_INLINE RealVector Value(IntVector a, IntVector b) const {
    const RealVector product = hn::Mul(hn::Sub(hn::ConvertTo(kReal, a), a_real_zero_),
                                       hn::Sub(hn::ConvertTo(kReal, b), b_real_zero_));
    return hn::Add(hn::MulAdd(product, factor_, offset_), hn::CopySignToAbs(bias_, product));
  }
  HWY_NOINLINE IntVector Exact(IntVector a, IntVector b) const {
    const IntVector product = hn::Mul(hn::Sub(a, a_zero_), hn::Sub(b, b_zero_));
    return Clamp(hn::Add(MultiplyByMultiplier(product, out_), out_zero_));
  }

 private:
  // Products of two differences of bytes that are shifted left by no more stay within 32 bits.
  static constexpr int kMostShift = 14;
  // An estimate within the range of bytes rounds its factor and two sums that are below 512; those
  // beyond that range stay there.
  static constexpr double kError = 0x1p-13;

  // Fixed point rounds to 2^shift first and then half away from zero, which takes what is a half
  // of 2^shift short of a tie over it.
  static double Bias(Multiplier m) { return m.shift < 0 ? std::ldexp(0.5, m.shift) : 0; }

  IntVector a_zero_, b_zero_, out_zero_, low_, high_;
  VectorMultiplier out_;
  RealVector a_real_zero_, b_real_zero_, factor_, offset_, bias_;
  IntRange range_;
  Estimate estimate_;
};

// 16 bits, in fixed point throughout.
class ShortAddVectors {
 public:
  static constexpr bool kEstimates = false;
  explicit ShortAddVectors(const QuantizedAdd& add)
      : low_(hn::Set(kInt, add.range.low)),
        high_(hn::Set(kInt, add.range.high)),
        a_(add.a),
        b_(add.b),
        out_(add.output) {}

  HWY_INLINE IntVector Exact(IntVector a, IntVector b) const {
    const IntVector x = MultiplyByMultiplier(hn::ShiftLeft<15>(a), a_);
    const IntVector y = MultiplyByMultiplier(hn::ShiftLeft<15>(b), b_);
    return ClampTo(low_, high_, MultiplyByMultiplier(hn::Add(x, y), out_));
  }

 private:
  IntVector low_, high_;
  VectorMultiplier a_, b_, out_;
};

class ShortMulVectors {
 public:
  static constexpr bool kEstimates = false;
  explicit ShortMulVectors(const QuantizedMul& mul)
      : low_(hn::Set(kInt, mul.range.low)),
        high_(hn::Set(kInt, mul.range.high)),
        out_(mul.output) {}

  HWY_INLINE IntVector Exact(IntVector a, IntVector b) const {
    return ClampTo(low_, high_, MultiplyByMultiplier(hn::Mul(a, b), out_));
  }

 private:
  IntVector low_, high_;
  VectorMultiplier out_;
};

// Some vectors whose certainty is asked for once. `a` and `b` load the v-th of them.
template <class T, class Operator, class LoadA, class LoadB>
HWY_INLINE void MapBlock(const Operator& op, LoadA a, LoadB b, T* output) {
  IntVector results[kBlock];
  RealVector furthest = hn::Zero(kReal);
#pragma GCC unroll 4
  for (size_t v = 0; v < kBlock; ++v) {
    results[v] = op.estimate().Round(op.Value(a(v), b(v)), furthest);
  }
  if (HWY_UNLIKELY(!op.estimate().IsCertain(furthest))) {
    for (size_t v = 0; v < kBlock; ++v) results[v] = Apply(op, a(v), b(v));
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
    for (; i + kBlock * kStep <= length; i += kBlock * kStep) {
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

template <class T, class Operator>
void PairRows(const Operator& op, const Broadcast& broadcast,
              const QuantizedBinaryArguments<T>& arguments, RowRange rows) {
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  const auto length = static_cast<size_t>(broadcast.extents[inner]);
  for (int64_t row = rows.first; row < rows.last; ++row) {
    const PairOffset at = OffsetOfRow(broadcast, row);
    const T* a = arguments.a + at.a;
    const T* b = arguments.b + at.b;
    T* output = arguments.output + row * broadcast.extents[inner];
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

}  // namespace

void AddRowsSigned(const QuantizedAdd& add, const Broadcast& broadcast,
                   const QuantizedBinaryArguments<int8_t>& arguments, RowRange rows) {
  PairRows(AddVectors(add, 128), broadcast, arguments, rows);
}
void AddRowsUnsigned(const QuantizedAdd& add, const Broadcast& broadcast,
                     const QuantizedBinaryArguments<uint8_t>& arguments, RowRange rows) {
  PairRows(AddVectors(add, 255), broadcast, arguments, rows);
}
void AddRowsShort(const QuantizedAdd& add, const Broadcast& broadcast,
                  const QuantizedBinaryArguments<int16_t>& arguments, RowRange rows) {
  PairRows(ShortAddVectors(add), broadcast, arguments, rows);
}
void MulRowsSigned(const QuantizedMul& mul, const Broadcast& broadcast,
                   const QuantizedBinaryArguments<int8_t>& arguments, RowRange rows) {
  PairRows(MulVectors(mul), broadcast, arguments, rows);
}
void MulRowsUnsigned(const QuantizedMul& mul, const Broadcast& broadcast,
                     const QuantizedBinaryArguments<uint8_t>& arguments, RowRange rows) {
  PairRows(MulVectors(mul), broadcast, arguments, rows);
}

void MulRowsShort(const QuantizedMul& mul, const Broadcast& broadcast,
                  const QuantizedBinaryArguments<int16_t>& arguments, RowRange rows) {
  PairRows(ShortMulVectors(mul), broadcast, arguments, rows);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(AddRowsSigned);
HWY_EXPORT(AddRowsUnsigned);
HWY_EXPORT(AddRowsShort);
HWY_EXPORT(MulRowsSigned);
HWY_EXPORT(MulRowsUnsigned);
HWY_EXPORT(MulRowsShort);

template <class T, class Parameters, class Run>
void BinaryOf(const Parameters& parameters, const Broadcast& broadcast,
              const QuantizedBinaryArguments<T>& arguments, const Parallel& parallel, Run run) {
  ForEachPairPiece(broadcast, Operands<T>{arguments.a, arguments.b}, 1 << 14, parallel,
                   [&](const Broadcast& part, Operands<T> in, int64_t out, RowRange rows) {
                     run(parameters, part, {in.a, in.b, arguments.output + out}, rows);
                   });
}

}  // namespace

void Add(const QuantizedAdd& add, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int8_t>& arguments, const Parallel& parallel) {
  BinaryOf(add, broadcast, arguments, parallel, BRINK_DISPATCH(AddRowsSigned));
}
void Add(const QuantizedAdd& add, const Broadcast& broadcast,
         const QuantizedBinaryArguments<uint8_t>& arguments, const Parallel& parallel) {
  BinaryOf(add, broadcast, arguments, parallel, BRINK_DISPATCH(AddRowsUnsigned));
}
void Add(const QuantizedAdd& add, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int16_t>& arguments, const Parallel& parallel) {
  BinaryOf(add, broadcast, arguments, parallel, BRINK_DISPATCH(AddRowsShort));
}
void Mul(const QuantizedMul& mul, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int8_t>& arguments, const Parallel& parallel) {
  BinaryOf(mul, broadcast, arguments, parallel, BRINK_DISPATCH(MulRowsSigned));
}
void Mul(const QuantizedMul& mul, const Broadcast& broadcast,
         const QuantizedBinaryArguments<uint8_t>& arguments, const Parallel& parallel) {
  BinaryOf(mul, broadcast, arguments, parallel, BRINK_DISPATCH(MulRowsUnsigned));
}
void Mul(const QuantizedMul& mul, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int16_t>& arguments, const Parallel& parallel) {
  BinaryOf(mul, broadcast, arguments, parallel, BRINK_DISPATCH(MulRowsShort));
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
