#include "brink/kernels/quantized_elementwise.h"

#include <limits>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_elementwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/byte_vector_rows-inl.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/fixed_add-inl.h"
#include "brink/kernels/pair_pieces.h"
#include "brink/kernels/quantized_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// Of sums whose estimates are certain where kIsCertain.
template <bool kIsCertain>
class AddVectors {
 public:
  static constexpr bool kEstimates = true;
  static constexpr bool kCertain = kIsCertain;
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
        offset_(hn::Set(kReal, kCertain ? add.offset : static_cast<float>(Offset(add)))),
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
  static constexpr bool kCertain = false;
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
        bias_(hn::Set(kReal, static_cast<float>(BiasOf(mul.output)))),
        range_(mul.range),
        estimate_(ProductError(mul.output)) {}

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
  IntVector a_zero_, b_zero_, out_zero_, low_, high_;
  VectorMultiplier out_;
  RealVector a_real_zero_, b_real_zero_, factor_, offset_, bias_;
  IntRange range_;
  Estimate estimate_;
};

#if BRINK_PACKS_BLOCKS
// A multiplication whose estimates are certain, of a vector of bytes at a time.
template <class T>
class CertainMulVectors {
 public:
  static constexpr size_t kBytes = kBlockVectors * kStep;

  explicit CertainMulVectors(const QuantizedMul& mul)
      : a_zero_(hn::Set(kHalf, static_cast<int16_t>(mul.a_zero_point + kMoved))),
        b_zero_(hn::Set(kHalf, static_cast<int16_t>(mul.b_zero_point + kMoved))),
        out_zero_(hn::Set(kInt, mul.output_zero_point)),
        factor_(hn::Set(kReal, mul.factor)),
        bias_(hn::Set(kReal, mul.bias)),
        low_(hn::Set(kStored, static_cast<T>(mul.range.low))),
        high_(hn::Set(kStored, static_cast<T>(mul.range.high))) {}

  HWY_INLINE Bytes<T> operator()(Bytes<T> a, Bytes<T> b) const {
    // Differences of bytes have 9 bits; as unsigned numbers bytes widen by a zero.
    const auto zero = hn::Zero(kByte);
    const auto flip = hn::Set(kByte, static_cast<uint8_t>(kMoved));
    const auto x = hn::Xor(hn::BitCast(kByte, a), flip);
    const auto y = hn::Xor(hn::BitCast(kByte, b), flip);
    IntVector results[kBlockVectors];
    Multiply(hn::InterleaveLower(kByte, x, zero), hn::InterleaveLower(kByte, y, zero), results);
    Multiply(hn::InterleaveUpper(kByte, x, zero), hn::InterleaveUpper(kByte, y, zero), results + 2);
    const auto packed = PackBlock<T>(results[0], results[1], results[2], results[3]);
    return hn::Min(hn::Max(packed, low_), high_);
  }

 private:
  static constexpr int kMoved = std::is_signed_v<T> ? 128 : 0;
  static constexpr hn::Repartition<uint8_t, IntTag> kByte{};
  static constexpr hn::Repartition<T, IntTag> kStored{};
  static constexpr hn::Repartition<int16_t, IntTag> kHalf{};

  HWY_INLINE void Multiply(Bytes<uint8_t> a, Bytes<uint8_t> b, IntVector* results) const {
    const auto x = hn::Sub(hn::BitCast(kHalf, a), a_zero_);
    const auto y = hn::Sub(hn::BitCast(kHalf, b), b_zero_);
    const auto lower = hn::Mul(x, y);
    const auto upper = hn::MulHigh(x, y);
    results[0] = Scale(hn::BitCast(kInt, hn::InterleaveLower(kHalf, lower, upper)));
    results[1] = Scale(hn::BitCast(kInt, hn::InterleaveUpper(kHalf, lower, upper)));
  }
  HWY_INLINE IntVector Scale(IntVector product) const {
    const RealVector real = hn::ConvertTo(kReal, product);
    return hn::Add(Nearest(hn::MulAdd(real, factor_, hn::CopySignToAbs(bias_, real))), out_zero_);
  }

  hn::Vec<hn::Repartition<int16_t, IntTag>> a_zero_, b_zero_;
  IntVector out_zero_;
  RealVector factor_, bias_;
  Bytes<T> low_, high_;
};

#endif

// Whether saturated numbers need not be clamped.
template <class T>
bool IsWhole(IntRange range) {
  return range.low == std::numeric_limits<T>::min() && range.high == std::numeric_limits<T>::max();
}

template <class T>
void MulRows(const QuantizedMul& mul, const Broadcast& broadcast,
             const QuantizedBinaryArguments<T>& arguments, RowRange rows) {
#if HWY_TARGET == HWY_NEON
  if (FixedMulVectors<T, true>::Applies(mul)) {
    const MulVectors rest(mul);
    if (IsWhole<T>(mul.range)) {
      return VectorRows(FixedMulVectors<T, false>(mul), rest, broadcast, arguments, rows);
    }
    return VectorRows(FixedMulVectors<T, true>(mul), rest, broadcast, arguments, rows);
  }
#elif BRINK_PACKS_BLOCKS
  if (mul.certain) {
    return VectorRows(CertainMulVectors<T>(mul), MulVectors(mul), broadcast, arguments, rows);
  }
#endif
  PairRows(MulVectors(mul), broadcast, arguments, rows);
}

#if HWY_TARGET == HWY_NEON
template <bool kClamps>
void CertainAddRows(const QuantizedAdd& add, const AddVectors<false>& rest,
                    const Broadcast& broadcast, const QuantizedBinaryArguments<int8_t>& arguments,
                    RowRange rows) {
  if (add.short_sum.fraction == ShortSum::kWideFraction) {
    return VectorRows(ShortSumVectors<ShortSum::kWideFraction, kClamps>(add), rest, broadcast,
                      arguments, rows);
  }
  VectorRows(ShortSumVectors<ShortSum::kNarrowFraction, kClamps>(add), rest, broadcast, arguments,
             rows);
}
#endif

template <class T>
void AddRows(const QuantizedAdd& add, const Broadcast& broadcast,
             const QuantizedBinaryArguments<T>& arguments, RowRange rows) {
  constexpr int kMost = std::is_signed_v<T> ? 128 : 255;
#if HWY_TARGET == HWY_NEON
  const AddVectors<false> rest(add, kMost);
  if constexpr (std::is_signed_v<T>) {
    if (add.certain) {
      const auto run = IsWhole<T>(add.range) ? CertainAddRows<false> : CertainAddRows<true>;
      return run(add, rest, broadcast, arguments, rows);
    }
  }
  if (FixedAddVectors<T, true>::Applies(add)) {
    return VectorRows(FixedAddVectors<T, true>(add), rest, broadcast, arguments, rows);
  }
  if (FixedAddVectors<T, false>::Applies(add)) {
    return VectorRows(FixedAddVectors<T, false>(add), rest, broadcast, arguments, rows);
  }
  QuantizedAdd turned = add;
  std::swap(turned.a, turned.b);
  std::swap(turned.a_zero_point, turned.b_zero_point);
  if (FixedAddVectors<T, false>::Applies(turned)) {
    Broadcast turned_broadcast = broadcast;
    std::swap(turned_broadcast.a_strides, turned_broadcast.b_strides);
    const QuantizedBinaryArguments<T> turned_arguments{arguments.b, arguments.a, arguments.output};
    return VectorRows(FixedAddVectors<T, false>(turned), AddVectors<false>(turned, kMost),
                      turned_broadcast, turned_arguments, rows);
  }
#endif
#if HWY_ARCH_X86
  if (add.certain) return PairRows(AddVectors<true>(add, kMost), broadcast, arguments, rows);
#endif
  PairRows(AddVectors<false>(add, kMost), broadcast, arguments, rows);
}

// 16 bits, in fixed point throughout.
class ShortAddVectors {
 public:
  static constexpr bool kEstimates = false;
  static constexpr bool kCertain = false;
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
  static constexpr bool kCertain = false;
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

}  // namespace

void AddRowsSigned(const QuantizedAdd& add, const Broadcast& broadcast,
                   const QuantizedBinaryArguments<int8_t>& arguments, RowRange rows) {
  AddRows(add, broadcast, arguments, rows);
}
void AddRowsUnsigned(const QuantizedAdd& add, const Broadcast& broadcast,
                     const QuantizedBinaryArguments<uint8_t>& arguments, RowRange rows) {
  AddRows(add, broadcast, arguments, rows);
}
void AddRowsShort(const QuantizedAdd& add, const Broadcast& broadcast,
                  const QuantizedBinaryArguments<int16_t>& arguments, RowRange rows) {
  PairRows(ShortAddVectors(add), broadcast, arguments, rows);
}
void MulRowsSigned(const QuantizedMul& mul, const Broadcast& broadcast,
                   const QuantizedBinaryArguments<int8_t>& arguments, RowRange rows) {
  MulRows(mul, broadcast, arguments, rows);
}
void MulRowsUnsigned(const QuantizedMul& mul, const Broadcast& broadcast,
                     const QuantizedBinaryArguments<uint8_t>& arguments, RowRange rows) {
  MulRows(mul, broadcast, arguments, rows);
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
