#include "brink/kernels/row_products.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/row_products.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/requantize-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

template <class T>
int32_t RowProduct(const T* a, const T* b, int columns) {
  int i = 0;
  uint32_t sum = 0;
#if HWY_TARGET != HWY_SCALAR
  // As many columns as the memory of a keyword spotter has; longer vectors would find too few.
  constexpr hn::FixedTag<int16_t, 8> kWide;
  constexpr hn::FixedTag<int32_t, 4> kSums;
  const auto load = [&](const T* from) HWY_ATTR {
    if constexpr (sizeof(T) == 1) {
      return hn::PromoteTo(kWide, hn::LoadU(hn::FixedTag<int8_t, 8>(), from));
    } else {
      return hn::LoadU(kWide, from);
    }
  };
  auto even = hn::Zero(kSums);
  auto odd = hn::Zero(kSums);
  for (; i + 8 <= columns; i += 8)
    even = hn::ReorderWidenMulAccumulate(kSums, load(a + i), load(b + i), even, odd);
  sum = static_cast<uint32_t>(hn::GetLane(hn::SumOfLanes(kSums, hn::Add(even, odd))));
#endif
  for (; i < columns; ++i) sum += static_cast<uint32_t>(int32_t{a[i]} * int32_t{b[i]});
  return static_cast<int32_t>(sum);
}

template <class T>
void AllRowProducts(const T* a, const T* b, int rows, int columns, int32_t* sums) {
  for (int row = 0; row < rows; ++row, a += columns, b += columns)
    sums[row] = RowProduct(a, b, columns);
}

void ShortRowProducts(const int16_t* a, const int16_t* b, int rows, int columns, int32_t* sums) {
  AllRowProducts(a, b, rows, columns, sums);
}

void ByteRowProducts(const int8_t* a, const int8_t* b, int rows, int columns, int32_t* sums) {
  AllRowProducts(a, b, rows, columns, sums);
}

void Scale(int32_t* values, size_t count, Multiplier multiplier) {
  size_t i = 0;
  if (multiplier.shift >= -30) {
    const VectorMultiplier vector(multiplier);
    for (; i + kIntLanes <= count; i += kIntLanes)
      hn::StoreU(MultiplyByMultiplier(hn::LoadU(kInt, values + i), vector), kInt, values + i);
  }
  for (; i < count; ++i) values[i] = kernels::MultiplyByMultiplier(values[i], multiplier);
}

}  // namespace
}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(ShortRowProducts);
HWY_EXPORT(ByteRowProducts);
HWY_EXPORT(Scale);

void RowProducts(const int16_t* a, const int16_t* b, int rows, int columns, int32_t* sums) {
  BRINK_DISPATCH(ShortRowProducts)(a, b, rows, columns, sums);
}

void RowProducts(const int8_t* a, const int8_t* b, int rows, int columns, int32_t* sums) {
  BRINK_DISPATCH(ByteRowProducts)(a, b, rows, columns, sums);
}

void ScaleIntegers(int32_t* values, size_t count, Multiplier multiplier) {
  BRINK_DISPATCH(Scale)(values, count, multiplier);
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
