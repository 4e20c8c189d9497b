// QUANTIZE and DEQUANTIZE between float32 and 8 or 16 bits.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "brink/kernels/quantized_elementwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantize.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/byte_block-inl.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// round(steps) + zero point; halves go away from zero, what is just below one stays there.
HWY_INLINE IntVector RoundedSum(FloatVector steps, int32_t zero_point) {
  const FloatVector almost_half = hn::Set(kFloat, 0x1.fffffep-2F);
  const FloatVector beyond = hn::Add(steps, hn::CopySign(almost_half, steps));
  return hn::Add(hn::ConvertTo(kInt, beyond), hn::Set(kInt, zero_point));
}

// round(x / scale) + zero point in the type's range; half away from zero, NaN gives the zero point.
template <class T>
HWY_INLINE hn::Vec<hn::Rebind<T, FloatTag>> QuantizeVector(FloatVector x, FloatVector scale,
                                                           int32_t zero_point) {
  // Beyond this every result saturates, and the sum with the zero point cannot overflow.
  constexpr float kMost = sizeof(T) == 1 ? 0x1p10F : 0x1p17F;
  const FloatVector most = hn::Set(kFloat, kMost);
  const FloatVector least = hn::Set(kFloat, -kMost);
  FloatVector steps = Divide(x, scale);
  steps = hn::IfThenElseZero(hn::Eq(steps, steps), ClampTo(least, most, steps));
  return hn::DemoteTo(hn::Rebind<T, FloatTag>(), RoundedSum(steps, zero_point));
}

// The same without a division, for scales whose inverse is a normal number: a quotient that is off
// by its last bit at most is made exact by what it leaves of the number, which a fused product
// tells exactly (Markstein, "Computation of elementary functions on the IBM RISC System/6000",
// 1990).
template <class T>
HWY_INLINE hn::Vec<hn::Rebind<T, FloatTag>> QuantizeByInverse(FloatVector x, FloatVector scale,
                                                              FloatVector inverse,
                                                              int32_t zero_point) {
  const FloatVector most = hn::Mul(hn::Set(kFloat, 0x1p18F), scale);
  x = ClampTo(hn::Neg(most), most, hn::IfThenElseZero(hn::Eq(x, x), x));
  const FloatVector nearly = hn::Mul(x, inverse);
  const FloatVector steps = hn::MulAdd(hn::NegMulAdd(nearly, scale, x), inverse, nearly);
  return hn::DemoteTo(hn::Rebind<T, FloatTag>(), RoundedSum(steps, zero_point));
}

// The same for many numbers, without a division, which takes as long as all the rest several times
// over: by inverses of the scale that are a little too large and too small. Where both round to the
// same number, so does the quotient, which is between them. Elsewhere, which is at halves, and
// where there is a NaN, the quotient is computed.
class InverseQuantizer {
 public:
  explicit InverseQuantizer(Affine output)
      : scale_(hn::Set(kFloat, output.scale)),
        more_(hn::Set(kFloat, 1.0F / output.scale * (1 + kDoubt))),
        less_(hn::Set(kFloat, 1.0F / output.scale * (1 - kDoubt))),
        bits_(hn::Set(kInt, kRounderBits - output.zero_point)),
        zero_point_(output.zero_point) {}

  // Scales whose inverse is a normal number.
  static bool Takes(float scale) { return scale > 0x1p-100F && scale < 0x1p100F; }

  template <class T>
  HWY_INLINE void Block(const float* input, T* stored) const {
    IntVector rounded[kBlockVectors];
    auto same = hn::Eq(more_, more_);
    const FloatVector rounder = hn::Set(kFloat, kRounder);
#pragma GCC unroll 4
    for (size_t v = 0; v < kBlockVectors; ++v) {
      const FloatVector x = hn::LoadU(kFloat, input + v * kStep);
      const FloatVector sum = hn::MulAdd(x, more_, rounder);
      same = EqualToo(same, sum, hn::MulAdd(x, less_, rounder));
      // What is far below 0 gives a number below this, what is far above one with greater bits.
      const FloatVector bounded = hn::Max(sum, hn::Set(kFloat, 0x1p22F));
      rounded[v] = hn::Sub(hn::BitCast(kInt, bounded), bits_);
    }
    if (HWY_LIKELY(hn::AllTrue(kFloat, same))) return StoreSaturated(rounded, stored);
    const hn::Rebind<T, FloatTag> narrow;
    for (size_t i = 0; i < kBlockVectors * kStep; i += kStep) {
      const auto exact = QuantizeVector<T>(hn::LoadU(kFloat, input + i), scale_, zero_point_);
      hn::StoreU(exact, narrow, stored + i);
    }
  }

 private:
  using Mask = hn::Mask<FloatTag>;

  // Where a == b, and `also` is set.
  static HWY_INLINE Mask EqualToo(Mask also, FloatVector a, FloatVector b) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    return Mask{_mm512_mask_cmp_ps_mask(also.raw, a.raw, b.raw, _CMP_EQ_OQ)};
#else
    return hn::And(also, hn::Eq(a, b));
#endif
  }

  template <class T>
  static HWY_INLINE void StoreSaturated(const IntVector* block, T* to) {
#if BRINK_PACKS_BLOCKS
    const auto bytes = PackBlockInOrder<T>(block[0], block[1], block[2], block[3]);
    hn::StoreU(bytes, hn::Repartition<T, IntTag>(), to);
#else
    const hn::Rebind<T, IntTag> narrow;
    for (size_t v = 0; v < kBlockVectors; ++v)
      hn::StoreU(hn::DemoteTo(narrow, block[v]), narrow, to + v * kStep);
#endif
  }

  // A sum with this has the nearest integer in its last bits.
  static constexpr float kRounder = 0x1.8p23F;
  static constexpr int32_t kRounderBits = 0x4B400000;
  // More than the four roundings of the inverses, the quotient and, without FMA, the product.
  static constexpr float kDoubt = 0x1p-21F;

  FloatVector scale_, more_, less_;
  IntVector bits_;
  int32_t zero_point_;
};

template <class T>
void QuantizeOf(Affine output, const float* input, T* stored, size_t count) {
  const hn::Rebind<T, FloatTag> narrow;
  const FloatVector scale = hn::Set(kFloat, output.scale);
  size_t i = 0;
  if constexpr (sizeof(T) == 1) {
    if (InverseQuantizer::Takes(output.scale)) {
      const InverseQuantizer quantizer(output);
      constexpr size_t kBlock = kBlockVectors * kStep;
      for (; i + kBlock <= count; i += kBlock) quantizer.Block(input + i, stored + i);
    }
  } else if (HWY_NATIVE_FMA && InverseQuantizer::Takes(output.scale)) {
    const FloatVector inverse = hn::Set(kFloat, 1.0F / output.scale);
    for (; i + kStep <= count; i += kStep) {
      const FloatVector x = hn::LoadU(kFloat, input + i);
      hn::StoreU(QuantizeByInverse<T>(x, scale, inverse, output.zero_point), narrow, stored + i);
    }
  }
  for (; i + kStep <= count; i += kStep) {
    hn::StoreU(QuantizeVector<T>(hn::LoadU(kFloat, input + i), scale, output.zero_point), narrow,
               stored + i);
  }
  if (i < count) {
    T part[kStep];
    hn::StoreU(QuantizeVector<T>(LoadPart(input + i, count - i), scale, output.zero_point), narrow,
               part);
    std::memcpy(stored + i, part, (count - i) * sizeof(T));
  }
}

template <class T>
void DequantizeOf(Affine input, const T* stored, float* output, size_t count) {
  const hn::Rebind<T, FloatTag> narrow;
  const FloatVector scale = hn::Set(kFloat, input.scale);
  const auto zero = hn::Set(kInt, input.zero_point);
  const auto real = [&](const T* from) HWY_ATTR {
    const auto value = hn::Sub(hn::PromoteTo(kInt, hn::LoadU(narrow, from)), zero);
    return hn::Mul(hn::ConvertTo(kFloat, value), scale);
  };
  size_t i = 0;
#pragma GCC unroll 4
  for (; i + kStep <= count; i += kStep) hn::StoreU(real(stored + i), kFloat, output + i);
  if (i < count) {
    T part[kStep] = {};
    std::memcpy(part, stored + i, (count - i) * sizeof(T));
    StorePart(real(part), output + i, count - i);
  }
}

}  // namespace

void QuantizeRange(QuantizedType output, const float* input, void* stored, size_t count) {
  if (output.type == Type::kInt8) {
    QuantizeOf(output.affine, input, static_cast<int8_t*>(stored), count);
  } else if (output.type == Type::kUInt8) {
    QuantizeOf(output.affine, input, static_cast<uint8_t*>(stored), count);
  } else {
    QuantizeOf(output.affine, input, static_cast<int16_t*>(stored), count);
  }
}

void DequantizeRange(QuantizedType input, const void* stored, float* output, size_t count) {
  if (input.type == Type::kInt8) {
    DequantizeOf(input.affine, static_cast<const int8_t*>(stored), output, count);
  } else if (input.type == Type::kUInt8) {
    DequantizeOf(input.affine, static_cast<const uint8_t*>(stored), output, count);
  } else {
    DequantizeOf(input.affine, static_cast<const int16_t*>(stored), output, count);
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(QuantizeRange);
HWY_EXPORT(DequantizeRange);

void Quantize(QuantizedType output, const float* input, void* stored, int64_t count,
              const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(QuantizeRange);
  const int64_t bytes = TypeBits(output.type) / 8;
  ForEachPiece(count, 1 << 15, parallel, [&](int64_t begin, int64_t length) {
    run(output, input + begin, static_cast<std::byte*>(stored) + begin * bytes,
        static_cast<size_t>(length));
  });
}

void Dequantize(QuantizedType input, const void* stored, float* output, int64_t count,
                const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(DequantizeRange);
  const int64_t bytes = TypeBits(input.type) / 8;
  ForEachPiece(count, 1 << 15, parallel, [&](int64_t begin, int64_t length) {
    run(input, static_cast<const std::byte*>(stored) + begin * bytes, output + begin,
        static_cast<size_t>(length));
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
