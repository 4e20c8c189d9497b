// The inner loop of direct convolutions and fully connected layers, compiled once a CPU target:
// a run of inputs of a few rows times as many rows of weights.
#if defined(BRINK_KERNELS_MULTIPLY_RUN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_MULTIPLY_RUN_INL_H_
#undef BRINK_KERNELS_MULTIPLY_RUN_INL_H_
#else
#define BRINK_KERNELS_MULTIPLY_RUN_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cstddef>

#include "brink/kernels/hide_step.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;
inline constexpr FloatTag kFloat{};
inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(FloatTag()));
inline constexpr int kLineFloats = 64 / sizeof(float);  // of a line of the caches

// Where a run is: both move on with every input.
struct RunPlace {
  const float* weights;  // aligned: a row of kVectors vectors an input
  const float* next;     // kLines cache lines an input, which are fetched meanwhile
};

template <int kLines>
HWY_INLINE void Fetch(RunPlace& place) {
#pragma GCC unroll 16
  for (int line = 0; line < kLines; ++line) hwy::Prefetch(place.next + line * kLineFloats);
  place.next += kLines * kLineFloats;
}

// Adds `run` inputs of each row times the weights of the place to the sums.
template <int kRows, int kVectors, int kLines>
HWY_INLINE void MultiplyInputs(const float* const (&in)[kRows], size_t run, RunPlace& place,
                               FloatVector (&sums)[kRows][kVectors]) {
  for (size_t i = 0; i < run; ++i) {
    FloatVector weight[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) weight[v] = hn::Load(kFloat, place.weights + v * kLanes);
    place.weights += kVectors * kLanes;
    Fetch<kLines>(place);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const FloatVector input = hn::Set(kFloat, in[r][i]);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(input, weight[v], sums[r][v]);
    }
  }
}

#if HWY_TARGET == HWY_NEON

#if HWY_ARCH_ARM_V7

// The four values at `at`, which moves on behind them.
HWY_INLINE float32x4_t TakeFour(const float*& at) {
  const float32x4_t values = vld1q_f32(at);
  at += 4;
  HideStep(at);
  return values;
}

// sums += weights of input kInput of the four * that input.
template <int kInput, int kRows, int kVectors>
HWY_INLINE void MultiplyLane(const float32x4_t (&inputs)[kRows], const float*& weights,
                             FloatVector (&sums)[kRows][kVectors]) {
  float32x4_t weight[kVectors];
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) weight[v] = TakeFour(weights);
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    const float32x2_t half = kInput < 2 ? vget_low_f32(inputs[r]) : vget_high_f32(inputs[r]);
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v)
      sums[r][v].raw = vmlaq_lane_f32(sums[r][v].raw, weight[v], half, kInput % 2);
  }
}

// Adds four inputs of each row, which moves on behind them, times their weights. The inputs are one
// load, and each multiplies out of its place in the register: a third of the instructions of a
// broadcast for every one. What NEON of 32 bits so multiplies it rounds before it adds.
template <int kRows, int kVectors>
HWY_INLINE void MultiplyFour(const float* (&rows)[kRows], RunPlace& place,
                             FloatVector (&sums)[kRows][kVectors]) {
  float32x4_t inputs[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) inputs[r] = TakeFour(rows[r]);
  const float* weights = place.weights;
  MultiplyLane<0>(inputs, weights, sums);
  MultiplyLane<1>(inputs, weights, sums);
  MultiplyLane<2>(inputs, weights, sums);
  MultiplyLane<3>(inputs, weights, sums);
  place.weights = weights;
}

#else

// sums += weights of input kInput of the four * that input. `weight` holds the weights at
// `weights`, which are read one vector ahead, for CPUs that execute in order. Volatile, as in
// another order g++ spills sums.
template <int kInput, int kRows, int kVectors>
HWY_INLINE void MultiplyLane(const float32x4_t (&inputs)[kRows], const float* weights,
                             float32x4_t& weight, FloatVector (&sums)[kRows][kVectors]) {
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const bool last = kInput == 3 && v + 1 == kVectors;
    const float32x4_t ahead = last ? weight : vld1q_f32(weights + (v + 1) * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      asm volatile("fmla %0.4s, %1.4s, %2.s[%3]"
                   : "+w"(sums[r][v].raw)
                   : "w"(weight), "w"(inputs[r]), "i"(kInput));
    }
    weight = ahead;
  }
}

// As on 32-bit ARM, but fused.
template <int kRows, int kVectors>
HWY_INLINE void MultiplyFour(const float* (&rows)[kRows], RunPlace& place,
                             FloatVector (&sums)[kRows][kVectors]) {
  constexpr int kWidth = kVectors * kLanes;
  float32x4_t inputs[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    inputs[r] = vld1q_f32(rows[r]);
    rows[r] += 4;
  }
  float32x4_t weight = vld1q_f32(place.weights);
  MultiplyLane<0>(inputs, place.weights, weight, sums);
  MultiplyLane<1>(inputs, place.weights + kWidth, weight, sums);
  MultiplyLane<2>(inputs, place.weights + 2 * kWidth, weight, sums);
  MultiplyLane<3>(inputs, place.weights + 3 * kWidth, weight, sums);
  place.weights += 4 * kWidth;
}

#endif

template <int kRows, int kVectors, int kLines>
HWY_INLINE void MultiplyRun(const float* (&rows)[kRows], size_t run, RunPlace& place,
                            FloatVector (&sums)[kRows][kVectors]) {
  for (size_t fours = run / 4; fours != 0; --fours) {
    Fetch<4 * kLines>(place);
    MultiplyFour(rows, place, sums);
  }
  MultiplyInputs<kRows, kVectors, kLines>(rows, run % 4, place, sums);
}

#else

template <int kRows, int kVectors, int kLines>
HWY_INLINE void MultiplyRun(const float* (&rows)[kRows], size_t run, RunPlace& place,
                            FloatVector (&sums)[kRows][kVectors]) {
  MultiplyInputs<kRows, kVectors, kLines>(rows, run, place, sums);
}

#endif

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_MULTIPLY_RUN_INL_H_
