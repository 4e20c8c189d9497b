#include "brink/kernels/arg_rows.h"

#include <bit>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/arg_rows.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Elements are floats or unsigned bytes of which the bits in `flip` are flipped first, so that the
// largest is what is looked for.
HWY_INLINE float Flip(float x, float flip) {
  return std::bit_cast<float>(std::bit_cast<uint32_t>(x) ^ std::bit_cast<uint32_t>(flip));
}
HWY_INLINE uint8_t Flip(uint8_t x, uint8_t flip) { return static_cast<uint8_t>(x ^ flip); }

// Of a row without vectors, and what is asked of one with: no NaN is larger than anything, and
// nothing is larger than a NaN.
template <class T>
HWY_INLINE size_t ScanElements(const T* row, size_t length, T flip) {
  size_t best = 0;
  for (size_t i = 1; i < length; ++i) {
    if (Flip(row[i], flip) > Flip(row[best], flip)) best = i;
  }
  return best;
}

#if HWY_TARGET != HWY_SCALAR
// The largest lane in all lanes.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V LargestLane(D d, V v) {
  if constexpr (std::is_same_v<hn::TFromD<D>, float>) {
    return hn::MaxOfLanes(d, v);
  } else {
    // Halves against halves, until the first lane has seen all 16.
    v = hn::Max(v, hn::ShiftRightBytes<8>(d, v));
    v = hn::Max(v, hn::ShiftRightBytes<4>(d, v));
    v = hn::Max(v, hn::ShiftRightBytes<2>(d, v));
    v = hn::Max(v, hn::ShiftRightBytes<1>(d, v));
    return hn::Set(d, hn::GetLane(v));
  }
}

// Of a row of at least a vector; the last vector may hold some of the one before too.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE size_t ScanVectors(D d, const T* row, size_t length, T flip) {
  constexpr size_t kStep = hn::MaxLanes(D());
  const auto flips = hn::Set(d, flip);
  const auto load = [&](size_t i) HWY_ATTR { return hn::Xor(hn::LoadU(d, row + i), flips); };
  const size_t last = length - kStep;
  auto most = hn::Set(d, Flip(row[0], flip));
  const auto see = [&](hn::Vec<D> v) HWY_ATTR {
    if constexpr (std::is_same_v<T, float>) {  // comparisons drop NaNs
      most = hn::IfThenElse(hn::Gt(v, most), v, most);
    } else {
      most = hn::Max(most, v);
    }
  };
  for (size_t i = 0; i < last; i += kStep) see(load(i));
  see(load(last));
  most = LargestLane(d, most);
  for (size_t i = 0; i < last; i += kStep) {
    const auto found = hn::FindFirstTrue(d, hn::Eq(load(i), most));
    if (found >= 0) return i + static_cast<size_t>(found);
  }
  return last + static_cast<size_t>(hn::FindFirstTrue(d, hn::Eq(load(last), most)));
}
#endif

HWY_INLINE size_t Scan(const float* row, size_t length, float flip) {
#if HWY_TARGET != HWY_SCALAR
  if (row[0] != row[0]) return 0;
  const hn::ScalableTag<float> whole;
  const hn::CappedTag<float, 4> quarter;
  if (length >= hn::MaxLanes(whole)) return ScanVectors(whole, row, length, flip);
  if (length >= hn::MaxLanes(quarter)) return ScanVectors(quarter, row, length, flip);
#endif
  return ScanElements(row, length, flip);
}

HWY_INLINE size_t Scan(const uint8_t* row, size_t length, uint8_t flip) {
#if HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<uint8_t, 16> d;
  if (length >= hn::MaxLanes(d)) return ScanVectors(d, row, length, flip);
#endif
  return ScanElements(row, length, flip);
}

template <class T>
void RowsOf(const ArgProblem& problem, const T* input, T flip, ArgOutput output) {
  const auto length = static_cast<size_t>(problem.extent);
  for (int64_t row = 0; row < problem.outer; ++row) {
    const size_t best = Scan(input + row * problem.extent, length, flip);
    if (output.narrow != nullptr) {
      output.narrow[row] = static_cast<int32_t>(best);
    } else {
      output.wide[row] = static_cast<int64_t>(best);
    }
  }
}

}  // namespace

void ArgRowsOfFloats(const ArgProblem& problem, const float* input, float flip, ArgOutput output) {
  RowsOf(problem, input, flip, output);
}
void ArgRowsOfBytes(const ArgProblem& problem, const uint8_t* input, uint8_t flip,
                    ArgOutput output) {
  RowsOf(problem, input, flip, output);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(ArgRowsOfFloats);
HWY_EXPORT(ArgRowsOfBytes);

void ArgOfRows(Extremum extremum, const ArgProblem& problem, const float* input, ArgOutput output) {
  // A sign the other way round makes the smallest the largest.
  BRINK_DISPATCH(ArgRowsOfFloats)
  (problem, input, extremum == Extremum::kMax ? 0.0F : -0.0F, output);
}

void ArgOfRows(Extremum extremum, const ArgProblem& problem, const int8_t* input,
               ArgOutput output) {
  BRINK_DISPATCH(ArgRowsOfBytes)
  (problem, reinterpret_cast<const uint8_t*>(input), extremum == Extremum::kMax ? 0x80 : 0x7F,
   output);
}

void ArgOfRows(Extremum extremum, const ArgProblem& problem, const uint8_t* input,
               ArgOutput output) {
  BRINK_DISPATCH(ArgRowsOfBytes)
  (problem, input, extremum == Extremum::kMax ? 0 : 0xFF, output);
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
