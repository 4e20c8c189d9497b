#include "brink/kernels/convert_vectors.h"

#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/convert_vectors.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/requantize-inl.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// Calls vector(from, to) for every whole vector.
template <class From, class To, class Vector>
HWY_INLINE size_t ForEachVector(const void* input, void* output, size_t count, Vector vector) {
  const auto* from = static_cast<const From*>(input);
  auto* to = static_cast<To*>(output);
  size_t i = 0;
  for (; i + kStep <= count; i += kStep) vector(from + i, to + i);
  return i;
}

template <class T>
HWY_INLINE IntVector LoadWide(const T* from) {
  if constexpr (sizeof(T) == 4) {
    return hn::LoadU(kInt, from);
  } else {
    return hn::PromoteTo(kInt, hn::LoadU(hn::Rebind<T, IntTag>(), from));
  }
}

template <class T>
size_t ToFloats(const void* input, void* output, size_t count) {
  return ForEachVector<T, float>(input, output, count, [](const T* from, float* to) HWY_ATTR {
    hn::StoreU(hn::ConvertTo(kFloat, LoadWide(from)), kFloat, to);
  });
}

// A bool's byte may be any.
size_t BoolsToFloats(const void* input, void* output, size_t count) {
  return ForEachVector<uint8_t, float>(
      input, output, count, [](const uint8_t* from, float* to) HWY_ATTR {
        const IntVector bit = hn::Min(LoadWide(from), hn::Set(kInt, 1));
        hn::StoreU(hn::ConvertTo(kFloat, bit), kFloat, to);
      });
}

// 0 for a NaN.
HWY_INLINE FloatVector LoadNumber(const float* from) {
  const FloatVector x = hn::LoadU(kFloat, from);
  return hn::IfThenElseZero(hn::Eq(x, x), x);
}

size_t FloatsToInts(const void* input, void* output, size_t count) {
  return ForEachVector<float, int32_t>(
      input, output, count, [](const float* from, int32_t* to) HWY_ATTR {
        hn::StoreU(hn::ConvertTo(kInt, LoadNumber(from)), kInt, to);
      });
}

template <class T>
size_t FloatsToBytes(const void* input, void* output, size_t count) {
  constexpr float kLeast = T(-1) < T(0) ? -128 : 0;
  return ForEachVector<float, T>(input, output, count, [](const float* from, T* to) HWY_ATTR {
    const FloatVector bounded =
        ClampTo(hn::Set(kFloat, kLeast), hn::Set(kFloat, kLeast + 255), LoadNumber(from));
    const hn::Rebind<T, IntTag> narrow;
    hn::StoreU(hn::DemoteTo(narrow, hn::ConvertTo(kInt, bounded)), narrow, to);
  });
}

// Loops that compilers make vectors of.
template <class From, class To>
size_t Plain(const void* input, void* output, size_t count) {
  const auto* from = static_cast<const From*>(input);
  auto* to = static_cast<To*>(output);
  // NOLINTNEXTLINE(bugprone-signed-char-misuse): these are numbers
  for (size_t i = 0; i < count; ++i) to[i] = static_cast<To>(from[i]);
  return count;
}
// Of a bool's byte, which may be any; or to one.
template <class From, class To>
size_t IsNot0(const void* input, void* output, size_t count) {
  const auto* from = static_cast<const From*>(input);
  auto* to = static_cast<To*>(output);
  for (size_t i = 0; i < count; ++i) to[i] = from[i] != 0 ? To{1} : To{0};
  return count;
}

VectorConversion ConversionToFloat(Type from) {
  switch (from) {
    case Type::kBool:
      return BoolsToFloats;
    case Type::kInt16:
      return ToFloats<int16_t>;
    case Type::kUInt16:
      return ToFloats<uint16_t>;
    case Type::kInt32:
      return ToFloats<int32_t>;
    case Type::kInt64:
      return Plain<int64_t, float>;
    default:
      return nullptr;
  }
}

VectorConversion ConversionOfFloat(Type to) {
  switch (to) {
    case Type::kBool:
      return IsNot0<float, uint8_t>;
    case Type::kInt8:
      return FloatsToBytes<int8_t>;
    case Type::kUInt8:
      return FloatsToBytes<uint8_t>;
    case Type::kInt32:
      return FloatsToInts;
    default:
      return nullptr;
  }
}

template <class From>
VectorConversion ConversionOfInteger(Type to) {
  switch (to) {
    case Type::kBool:
      return IsNot0<From, uint8_t>;
    case Type::kInt8:
    case Type::kUInt8:
      return Plain<From, uint8_t>;  // they wrap
    case Type::kInt32:
      return Plain<From, int32_t>;
    case Type::kInt64:
      return Plain<From, int64_t>;
    default:
      return nullptr;
  }
}

VectorConversion ConversionOfBool(Type to) {
  switch (to) {
    case Type::kInt8:
    case Type::kUInt8:
      return IsNot0<uint8_t, uint8_t>;
    case Type::kInt32:
      return IsNot0<uint8_t, int32_t>;
    case Type::kInt64:
      return IsNot0<uint8_t, int64_t>;
    default:
      return nullptr;
  }
}

}  // namespace

VectorConversion ConversionOf(Type from, Type to) {
  if (to == Type::kFloat32) return ConversionToFloat(from);
  switch (from) {
    case Type::kFloat32:
      return ConversionOfFloat(to);
    case Type::kBool:
      return ConversionOfBool(to);
    case Type::kInt8:
      return ConversionOfInteger<int8_t>(to);
    case Type::kUInt8:
      return ConversionOfInteger<uint8_t>(to);
    case Type::kInt32:
      return ConversionOfInteger<int32_t>(to);
    case Type::kInt64:
      return ConversionOfInteger<int64_t>(to);
    default:
      return nullptr;
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(ConversionOf);

VectorConversion ChooseConversion(Type from, Type to) {
  return BRINK_DISPATCH(ConversionOf)(from, to);
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
