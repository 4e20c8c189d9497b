// QUANTIZE and DEQUANTIZE between float32 and 8 bits.
#include <algorithm>
#include <cstring>

#include "brink/kernels/quantized_elementwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantize.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

using IntTag = hn::RebindToSigned<FloatTag>;
inline constexpr IntTag kInt{};

// round(x / scale) + zero point in the type's range; half away from zero, NaN gives the zero point.
template <class T>
HWY_INLINE hn::Vec<hn::Rebind<T, FloatTag>> QuantizeVector(FloatVector x, FloatVector scale,
                                                           int32_t zero_point) {
  // Beyond this every result saturates, and the sum with the zero point cannot overflow.
  const FloatVector most = hn::Set(kFloat, 1024.0F);
  const FloatVector least = hn::Set(kFloat, -1024.0F);
  FloatVector steps = Divide(x, scale);
  steps = hn::IfThenElseZero(hn::Eq(steps, steps), ClampTo(least, most, steps));
  // The fraction of a number this small is exact, so comparing it with a half is too.
  const FloatVector whole = hn::Trunc(steps);
  const FloatVector fraction = hn::Abs(hn::Sub(steps, whole));
  const FloatVector one = hn::CopySign(hn::Set(kFloat, 1.0F), steps);
  const FloatVector up = hn::IfThenElseZero(hn::Ge(fraction, hn::Set(kFloat, 0.5F)), one);
  const auto value = hn::Add(hn::ConvertTo(kInt, hn::Add(whole, up)), hn::Set(kInt, zero_point));
  return hn::DemoteTo(hn::Rebind<T, FloatTag>(), value);
}

template <class T>
void QuantizeOf(Affine output, const float* input, T* stored, size_t count) {
  const hn::Rebind<T, FloatTag> narrow;
  const FloatVector scale = hn::Set(kFloat, output.scale);
  size_t i = 0;
  for (; i + kStep <= count; i += kStep) {
    hn::StoreU(QuantizeVector<T>(hn::LoadU(kFloat, input + i), scale, output.zero_point), narrow,
               stored + i);
  }
  if (i < count) {
    T bytes[kStep];
    hn::StoreU(QuantizeVector<T>(LoadPart(input + i, count - i), scale, output.zero_point), narrow,
               bytes);
    std::memcpy(stored + i, bytes, count - i);
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
  for (; i + kStep <= count; i += kStep) hn::StoreU(real(stored + i), kFloat, output + i);
  if (i < count) {
    T bytes[kStep] = {};
    std::memcpy(bytes, stored + i, count - i);
    StorePart(real(bytes), output + i, count - i);
  }
}

}  // namespace

void QuantizeRange(QuantizedType output, const float* input, uint8_t* stored, size_t count) {
  if (output.type == Type::kInt8) {
    QuantizeOf(output.affine, input, reinterpret_cast<int8_t*>(stored), count);
  } else {
    QuantizeOf(output.affine, input, stored, count);
  }
}

void DequantizeRange(QuantizedType input, const uint8_t* stored, float* output, size_t count) {
  if (input.type == Type::kInt8) {
    DequantizeOf(input.affine, reinterpret_cast<const int8_t*>(stored), output, count);
  } else {
    DequantizeOf(input.affine, stored, output, count);
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
  ForEachPiece(count, 1 << 15, parallel, [&](int64_t begin, int64_t length) {
    run(output, input + begin, static_cast<uint8_t*>(stored) + begin, static_cast<size_t>(length));
  });
}

void Dequantize(QuantizedType input, const void* stored, float* output, int64_t count,
                const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(DequantizeRange);
  ForEachPiece(count, 1 << 15, parallel, [&](int64_t begin, int64_t length) {
    run(input, static_cast<const uint8_t*>(stored) + begin, output + begin,
        static_cast<size_t>(length));
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
