// Loops over arrays of floats whose length is no multiple of a vector, compiled once a CPU target.
#if defined(BRINK_KERNELS_VECTOR_LOOP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_VECTOR_LOOP_INL_H_
#undef BRINK_KERNELS_VECTOR_LOOP_INL_H_
#else
#define BRINK_KERNELS_VECTOR_LOOP_INL_H_
#endif

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

// output[i] = function(input[i]) by vectors; the arrays may be the same.
template <class Function>
HWY_INLINE void MapVectors(const float* input, float* output, size_t count, Function function) {
  size_t i = 0;
  for (; i + kStep <= count; i += kStep) {
    hn::StoreU(function(hn::LoadU(kFloat, input + i)), kFloat, output + i);
  }
  if (i < count) StorePart(function(LoadPart(input + i, count - i)), output + i, count - i);
}

// output[i] = function(a[i], b[i]) by vectors; output may be an input.
template <class Function>
HWY_INLINE void MapPairs(const float* a, const float* b, float* output, size_t count,
                         Function function) {
  size_t i = 0;
  for (; i + kStep <= count; i += kStep) {
    hn::StoreU(function(hn::LoadU(kFloat, a + i), hn::LoadU(kFloat, b + i)), kFloat, output + i);
  }
  if (i < count) {
    const size_t left = count - i;
    StorePart(function(LoadPart(a + i, left), LoadPart(b + i, left)), output + i, left);
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_VECTOR_LOOP_INL_H_
