#include "brink/kernels/quantized_elementwise.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_elementwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

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

// Rounds a float32 estimate of a result where that is certain to give what fixed point gives: the
// estimate's distance from a tie is more than the two can differ by. Fixed point takes several
// times the instructions, and one vector in a hundred needs it.
class Estimate {
 public:
  // `error` is that difference but for the estimate's own rounding, `size` the largest sum of
  // absolute values that the estimate adds up.
  Estimate(IntRange range, double error, double size)
      : low_(hn::Set(kReal, static_cast<float>(range.low))),
        high_(hn::Set(kReal, static_cast<float>(range.high))),
        most_(hn::Set(kReal, static_cast<float>(0.5 - error - size * 0x1p-21))) {}

  // Sets `rounded` and says whether it is certain.
  HWY_INLINE bool Round(RealVector value, IntVector& rounded) const {
    value = hn::Min(hn::Max(value, low_), high_);
    rounded = hn::NearestInt(value);
    const RealVector distance = hn::Abs(hn::Sub(value, hn::ConvertTo(kReal, rounded)));
    return hn::AllTrue(kReal, hn::Lt(distance, most_));
  }

 private:
  RealVector low_, high_, most_;
};

class AddVectors {
 public:
  explicit AddVectors(const QuantizedAdd& add)
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
        estimate_(add.range, Error(add), Size(add)) {}

  HWY_INLINE IntVector operator()(IntVector a, IntVector b) const {
    const RealVector value = hn::MulAdd(hn::ConvertTo(kReal, a), a_factor_,
                                        hn::MulAdd(hn::ConvertTo(kReal, b), b_factor_, offset_));
    IntVector rounded;
    return HWY_LIKELY(estimate_.Round(value, rounded)) ? rounded : Exact(a, b);
  }

 private:
  static double Factor(const QuantizedAdd& add, Multiplier m) {
    return RealOf(m) * RealOf(add.output) * (1 << 20);
  }
  static double Offset(const QuantizedAdd& add) {
    return add.output_zero_point - add.a_zero_point * Factor(add, add.a) -
           add.b_zero_point * Factor(add, add.b);
  }
  // Either addend is at most one off, in units of the sum.
  static double Error(const QuantizedAdd& add) {
    return 2 * RealOf(add.output) + RoundingOf(add.output);
  }
  static double Size(const QuantizedAdd& add) {
    return 512 * (std::abs(Factor(add, add.a)) + std::abs(Factor(add, add.b))) + 256;
  }

  HWY_NOINLINE IntVector Exact(IntVector a, IntVector b) const {
    const IntVector x = MultiplyByMultiplier(hn::ShiftLeft<20>(hn::Sub(a, a_zero_)), a_);
    const IntVector y = MultiplyByMultiplier(hn::ShiftLeft<20>(hn::Sub(b, b_zero_)), b_);
    const IntVector sum = MultiplyByMultiplier(hn::Add(x, y), out_);
    return ClampTo(low_, high_, hn::Add(sum, out_zero_));
  }

  IntVector a_zero_, b_zero_, out_zero_, low_, high_;
  VectorMultiplier a_, b_, out_;
  RealVector a_factor_, b_factor_, offset_;
  Estimate estimate_;
};

class MulVectors {
 public:
  explicit MulVectors(const QuantizedMul& mul)
      : a_zero_(hn::Set(kInt, mul.a_zero_point)),
        b_zero_(hn::Set(kInt, mul.b_zero_point)),
        out_zero_(hn::Set(kInt, mul.output_zero_point)),
        low_(hn::Set(kInt, mul.range.low)),
        high_(hn::Set(kInt, mul.range.high)),
        out_(mul.output),
        factor_(hn::Set(kReal, static_cast<float>(RealOf(mul.output)))),
        offset_(hn::Set(kReal, static_cast<float>(mul.output_zero_point))),
        estimate_(mul.range, RoundingOf(mul.output), 0x1p16 * std::abs(RealOf(mul.output)) + 256) {}

  HWY_INLINE IntVector operator()(IntVector a, IntVector b) const {
    const IntVector product = hn::Mul(hn::Sub(a, a_zero_), hn::Sub(b, b_zero_));
    const RealVector value = hn::MulAdd(hn::ConvertTo(kReal, product), factor_, offset_);
    IntVector rounded;
    return HWY_LIKELY(estimate_.Round(value, rounded)) ? rounded : Exact(product);
  }

 private:
  HWY_NOINLINE IntVector Exact(IntVector product) const {
    return ClampTo(low_, high_, hn::Add(MultiplyByMultiplier(product, out_), out_zero_));
  }

  IntVector a_zero_, b_zero_, out_zero_, low_, high_;
  VectorMultiplier out_;
  RealVector factor_, offset_;
  Estimate estimate_;
};

// 16 bits, in fixed point throughout.
class ShortAddVectors {
 public:
  explicit ShortAddVectors(const QuantizedAdd& add)
      : low_(hn::Set(kInt, add.range.low)),
        high_(hn::Set(kInt, add.range.high)),
        a_(add.a),
        b_(add.b),
        out_(add.output) {}

  HWY_INLINE IntVector operator()(IntVector a, IntVector b) const {
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
  explicit ShortMulVectors(const QuantizedMul& mul)
      : low_(hn::Set(kInt, mul.range.low)),
        high_(hn::Set(kInt, mul.range.high)),
        out_(mul.output) {}

  HWY_INLINE IntVector operator()(IntVector a, IntVector b) const {
    return ClampTo(low_, high_, MultiplyByMultiplier(hn::Mul(a, b), out_));
  }

 private:
  IntVector low_, high_;
  VectorMultiplier out_;
};

template <class T, class Operator>
void PairRows(const Operator& apply, const Broadcast& broadcast,
              const QuantizedBinaryArguments<T>& arguments, RowRange rows) {
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  const auto length = static_cast<size_t>(broadcast.extents[inner]);
  const bool a_stretches = broadcast.a_strides[inner] == 0;
  const bool b_stretches = broadcast.b_strides[inner] == 0;
  for (int64_t row = rows.first; row < rows.last; ++row) {
    const PairOffset at = OffsetOfRow(broadcast, row);
    const T* a = arguments.a + at.a;
    const T* b = arguments.b + at.b;
    T* output = arguments.output + row * broadcast.extents[inner];
    // Read before the row's first store, as the output may be the same memory.
    const IntVector a_value = hn::Set(kInt, *a);
    const IntVector b_value = hn::Set(kInt, *b);
    for (size_t i = 0; i < length; i += kStep) {
      const size_t count = std::min(kStep, length - i);
      StoreNarrow(apply(a_stretches ? a_value : LoadNarrow(a + i, count),
                        b_stretches ? b_value : LoadNarrow(b + i, count)),
                  output + i, count);
    }
  }
}

}  // namespace

void AddRowsSigned(const QuantizedAdd& add, const Broadcast& broadcast,
                   const QuantizedBinaryArguments<int8_t>& arguments, RowRange rows) {
  PairRows(AddVectors(add), broadcast, arguments, rows);
}
void AddRowsUnsigned(const QuantizedAdd& add, const Broadcast& broadcast,
                     const QuantizedBinaryArguments<uint8_t>& arguments, RowRange rows) {
  PairRows(AddVectors(add), broadcast, arguments, rows);
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
