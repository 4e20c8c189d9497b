#include "brink/kernels/quantized_prelu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_prelu.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pair_pieces.h"
#include "brink/kernels/quantized_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// Estimates are for 8 bits.
template <bool kByEstimates>
class PreluVectors {
 public:
  static constexpr bool kEstimates = kByEstimates;
  static constexpr bool kCertain = false;
  explicit PreluVectors(const QuantizedPrelu& prelu)
      : zero_(hn::Set(kInt, prelu.input_zero_point)),
        slope_zero_(hn::Set(kInt, prelu.alpha_zero_point)),
        out_zero_(hn::Set(kInt, prelu.output_zero_point)),
        low_(hn::Set(kInt, prelu.range.low)),
        high_(hn::Set(kInt, prelu.range.high)),
        positive_(prelu.positive),
        negative_(prelu.negative),
        positive_factor_(Real(RealOf(prelu.positive))),
        negative_factor_(Real(RealOf(prelu.negative))),
        positive_bias_(Real(BiasOf(prelu.positive))),
        negative_bias_(Real(BiasOf(prelu.negative))),
        offset_(Real(prelu.output_zero_point)),
        range_(prelu.range),
        estimate_(std::max(ProductError(prelu.positive), ProductError(prelu.negative))) {}

  const Estimate& estimate() const { return estimate_; }
  IntRange range() const { return range_; }
  HWY_INLINE IntVector Clamp(IntVector value) const { return ClampTo(low_, high_, value); }
  HWY_INLINE RealVector Value(IntVector stored, IntVector slope) const {
    const IntVector value = hn::Sub(stored, zero_);
    const auto below = hn::RebindMask(kReal, hn::Lt(value, hn::Zero(kInt)));
    const RealVector real = hn::ConvertTo(kReal, value);
    const RealVector product = hn::Mul(real, hn::ConvertTo(kReal, hn::Sub(slope, slope_zero_)));
    const RealVector x = hn::IfThenElse(below, product, real);
    const RealVector factor = hn::IfThenElse(below, negative_factor_, positive_factor_);
    const RealVector bias = hn::IfThenElse(below, negative_bias_, positive_bias_);
    return hn::Add(hn::MulAdd(x, factor, offset_), hn::CopySignToAbs(bias, x));
  }
  HWY_NOINLINE IntVector Exact(IntVector stored, IntVector slope) const {
    const IntVector value = hn::Sub(stored, zero_);
    const IntVector product = hn::Mul(value, hn::Sub(slope, slope_zero_));
    const IntVector scaled =
        hn::IfThenElse(hn::Lt(value, hn::Zero(kInt)), MultiplyByMultiplier(product, negative_),
                       MultiplyByMultiplier(value, positive_));
    // Clamped before the sum, which could leave 32 bits.
    return hn::Add(ClampTo(hn::Sub(low_, out_zero_), hn::Sub(high_, out_zero_), scaled), out_zero_);
  }

 private:
  static RealVector Real(double value) { return hn::Set(kReal, static_cast<float>(value)); }

  IntVector zero_, slope_zero_, out_zero_, low_, high_;
  VectorMultiplier positive_, negative_;
  RealVector positive_factor_, negative_factor_, positive_bias_, negative_bias_, offset_;
  IntRange range_;
  Estimate estimate_;
};

}  // namespace

void PreluRowsSigned(const QuantizedPrelu& prelu, const Broadcast& broadcast,
                     const QuantizedPreluArguments<int8_t, int8_t>& arguments, RowRange rows) {
  PairRows(PreluVectors<true>(prelu), broadcast, arguments, rows);
}
void PreluRowsUnsigned(const QuantizedPrelu& prelu, const Broadcast& broadcast,
                       const QuantizedPreluArguments<uint8_t, uint8_t>& arguments, RowRange rows) {
  PairRows(PreluVectors<true>(prelu), broadcast, arguments, rows);
}
void PreluRowsShort(const QuantizedPrelu& prelu, const Broadcast& broadcast,
                    const QuantizedPreluArguments<int16_t, int8_t>& arguments, RowRange rows) {
  PairRows(PreluVectors<false>(prelu), broadcast, arguments, rows);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

QuantizedPrelu MakeQuantizedPrelu(Affine input, Affine alpha, Affine output, IntRange range) {
  // Single precision: TFLite's choice.
  return {
      .input_zero_point = input.zero_point,
      .alpha_zero_point = alpha.zero_point,
      .output_zero_point = output.zero_point,
      .positive = QuantizeMultiplier(static_cast<double>(input.scale / output.scale)),
      .negative = QuantizeMultiplier(static_cast<double>(input.scale * alpha.scale / output.scale)),
      .range = range};
}

namespace {

HWY_EXPORT(PreluRowsSigned);
HWY_EXPORT(PreluRowsUnsigned);
HWY_EXPORT(PreluRowsShort);

template <class T, class Alpha, class Run>
void PreluOf(const QuantizedPrelu& prelu, const Broadcast& broadcast,
             const QuantizedPreluArguments<T, Alpha>& arguments, const Parallel& parallel,
             Run run) {
  ForEachPairPiece(broadcast, Operands<T, Alpha>{arguments.a, arguments.b}, 1 << 14, parallel,
                   [&](const Broadcast& part, Operands<T, Alpha> in, int64_t out, RowRange rows) {
                     run(prelu, part,
                         QuantizedPreluArguments<T, Alpha>{in.a, in.b, arguments.output + out},
                         rows);
                   });
}

}  // namespace

void Prelu(const QuantizedPrelu& prelu, const Broadcast& broadcast,
           const QuantizedPreluArguments<int8_t, int8_t>& arguments, const Parallel& parallel) {
  PreluOf(prelu, broadcast, arguments, parallel, BRINK_DISPATCH(PreluRowsSigned));
}
void Prelu(const QuantizedPrelu& prelu, const Broadcast& broadcast,
           const QuantizedPreluArguments<uint8_t, uint8_t>& arguments, const Parallel& parallel) {
  PreluOf(prelu, broadcast, arguments, parallel, BRINK_DISPATCH(PreluRowsUnsigned));
}
void Prelu(const QuantizedPrelu& prelu, const Broadcast& broadcast,
           const QuantizedPreluArguments<int16_t, int8_t>& arguments, const Parallel& parallel) {
  PreluOf(prelu, broadcast, arguments, parallel, BRINK_DISPATCH(PreluRowsShort));
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
