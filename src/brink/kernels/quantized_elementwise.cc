#include "brink/kernels/quantized_elementwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_elementwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pair_pieces.h"
#include "brink/kernels/quantized_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

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
