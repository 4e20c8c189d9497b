// Loops over arrays of floats whose length is no multiple of a vector, compiled once a CPU target.
#if defined(BRINK_KERNELS_VECTOR_LOOP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_VECTOR_LOOP_INL_H_
#undef BRINK_KERNELS_VECTOR_LOOP_INL_H_
#else
#define BRINK_KERNELS_VECTOR_LOOP_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "brink/kernels/divide-inl.h"
#include "brink/kernels/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

inline constexpr auto kStep = static_cast<size_t>(kLanes);

// The first `count` floats and zeros behind them, count in [0, kLanes); reads nothing else.
HWY_INLINE FloatVector LoadPart(const float* from, size_t count) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  return hn::MaskedLoad(hn::FirstN(kFloat, count), kFloat, from);
#else
  HWY_ALIGN float lanes[kStep] = {};
  std::memcpy(lanes, from, count * sizeof(float));
  return hn::Load(kFloat, lanes);
#endif
}

// The largest of a row, which is not empty, in each lane; of one with a NaN any of its numbers.
// The last vector of a row is moved back to be whole: parts of vectors are slow to load and to
// store, on most CPUs.
HWY_INLINE FloatVector LargestOf(const float* input, size_t depth) {
  if (depth < kStep) return hn::Set(kFloat, *std::max_element(input, input + depth));
  FloatVector most = hn::LoadU(kFloat, input + depth - kStep);
  size_t i = 0;
  if (depth > 8 * kStep) {
    FloatVector other = most;  // the operations of one wait for one another
    for (; i + 4 * kStep < depth; i += 4 * kStep) {
      const auto at = [&](size_t k) HWY_ATTR { return hn::LoadU(kFloat, input + i + k * kStep); };
      most = hn::Max(most, hn::Max(at(0), at(1)));
      other = hn::Max(other, hn::Max(at(2), at(3)));
    }
    most = hn::Max(most, other);
  }
  for (; i + kStep < depth; i += kStep) most = hn::Max(most, hn::LoadU(kFloat, input + i));
  return hn::MaxOfLanes(kFloat, most);
}

// output[i] = function(input[i]) by vectors; the arrays may be the same. The last vector is moved
// back to be whole, and computed before what it reads is written.
template <class Function>
HWY_INLINE void MapVectors(const float* input, float* output, size_t count, Function function) {
  if (count < kStep) {
    if (count > 0) StorePart(function(LoadPart(input, count)), output, count);
    return;
  }
  const size_t whole = count / kStep * kStep;
  FloatVector last = hn::Zero(kFloat);
  if (whole < count) last = function(hn::LoadU(kFloat, input + count - kStep));
#pragma GCC unroll 2
  for (size_t i = 0; i < whole; i += kStep)
    hn::StoreU(function(hn::LoadU(kFloat, input + i)), kFloat, output + i);
  if (whole < count) hn::StoreU(last, kFloat, output + count - kStep);
}

// output[i] = function(a[i], b[i]) by vectors, in the same way; output may be an input.
template <class Function>
HWY_INLINE void MapPairs(const float* a, const float* b, float* output, size_t count,
                         Function function) {
  if (count < kStep) {
    if (count == 0) return;
    return StorePart(function(LoadPart(a, count), LoadPart(b, count)), output, count);
  }
  const auto at = [&](size_t i) HWY_ATTR {
    return function(hn::LoadU(kFloat, a + i), hn::LoadU(kFloat, b + i));
  };
  const size_t whole = count / kStep * kStep;
  FloatVector last = hn::Zero(kFloat);
  if (whole < count) last = at(count - kStep);
#pragma GCC unroll 4
  for (size_t i = 0; i < whole; i += kStep) hn::StoreU(at(i), kFloat, output + i);
  if (whole < count) hn::StoreU(last, kFloat, output + count - kStep);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_VECTOR_LOOP_INL_H_
