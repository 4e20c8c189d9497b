// Four steps of products of inputs with packed weights on ARM, of 16 bits on 32-bit ARM and of
// bytes where NEON has its dot product; compiled once a CPU target. Where BRINK_SUMS_FOUR_STEPS is
// 0 there are none.
#if defined(BRINK_KERNELS_LANE_STEPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_LANE_STEPS_INL_H_
#undef BRINK_KERNELS_LANE_STEPS_INL_H_
#else
#define BRINK_KERNELS_LANE_STEPS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <type_traits>

#include "brink/kernels/byte_products-inl.h"
#include "brink/kernels/hide_step.h"
#include "brink/kernels/load_pair.h"

#undef BRINK_SUMS_FOUR_STEPS
#if HWY_TARGET == HWY_NEON && (HWY_ARCH_ARM_V7 || BRINK_BYTE_PRODUCTS)
#define BRINK_SUMS_FOUR_STEPS 1
#else
#define BRINK_SUMS_FOUR_STEPS 0
#endif

#if BRINK_SUMS_FOUR_STEPS

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if BRINK_BYTE_PRODUCTS

// Of one row or two, whose instructions are mostly loads: two vectors of weights by one. `weights`
// moves on behind the step's.
template <int kLane, int kRows, int kVectors, class Sums>
HWY_INLINE void SumLaneByPairs(const int8x16_t (&inputs)[kRows], const int8_t*& weights,
                               Sums& sums) {
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; v += 2) {
    int8x16_t first, second;
    LoadPair(weights, first, second);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      AddLaneProducts<kLane>(sums.at[r][v], first, inputs[r]);
      AddLaneProducts<kLane>(sums.at[r][v + 1], second, inputs[r]);
    }
  }
}

// Weights are read one vector ahead of their products, for CPUs that execute in order: `weight`
// holds those at `weights`, and what lies behind the last step is not read.
template <int kLane, bool kLast, int kRows, int kVectors, class Sums>
HWY_INLINE void SumLane(const int8x16_t (&inputs)[kRows], const int8_t* weights, int8x16_t& weight,
                        Sums& sums) {
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const bool last = kLast && v + 1 == kVectors;
    const int8x16_t ahead = last ? weight : vld1q_s8(weights + 16 * (v + 1));
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) AddLaneProducts<kLane>(sums.at[r][v], weight, inputs[r]);
    weight = ahead;
  }
}

// As below, of bytes: a register holds four steps of a row.
template <int kRows, int kVectors, class Sums>
HWY_INLINE void SumFourSteps(const int8_t* (&rows)[kRows], const int8_t*& weights, Sums& sums) {
  constexpr int kStep = 16 * kVectors;
  int8x16_t inputs[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    inputs[r] = vld1q_s8(rows[r]);
    rows[r] += 16;
  }
  if constexpr (kRows <= 2 && kVectors % 2 == 0) {
    SumLaneByPairs<0, kRows, kVectors>(inputs, weights, sums);
    SumLaneByPairs<1, kRows, kVectors>(inputs, weights, sums);
    SumLaneByPairs<2, kRows, kVectors>(inputs, weights, sums);
    SumLaneByPairs<3, kRows, kVectors>(inputs, weights, sums);
    return;
  }
  int8x16_t weight = vld1q_s8(weights);
  SumLane<0, false, kRows, kVectors>(inputs, weights, weight, sums);
  SumLane<1, false, kRows, kVectors>(inputs, weights + kStep, weight, sums);
  SumLane<2, false, kRows, kVectors>(inputs, weights + 2 * kStep, weight, sums);
  SumLane<3, true, kRows, kVectors>(inputs, weights + 3 * kStep, weight, sums);
  weights += 4 * kStep;
}

// Two steps alone; nothing moves on.
template <int kRows, int kVectors, class Sums>
HWY_INLINE void SumTwoSteps(const int8_t* const (&rows)[kRows], const int8_t* weights, Sums& sums) {
  int8x16_t inputs[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) inputs[r] = vcombine_s8(vld1_s8(rows[r]), vdup_n_s8(0));
  int8x16_t weight = vld1q_s8(weights);
  SumLane<0, false, kRows, kVectors>(inputs, weights, weight, sums);
  SumLane<1, true, kRows, kVectors>(inputs, weights + 16 * kVectors, weight, sums);
}

#else

// A step's weights, two vectors of sums to one of them. `from` moves on behind them.
template <int kCount>
HWY_INLINE void TakeStep(const int16_t*& from, int16x8_t (&weights)[kCount]) {
#pragma GCC unroll 8
  for (int16x8_t& some : weights) {
    some = vld1q_s16(from);
    from += 8;
    HideStep(from);
  }
}
HWY_INLINE void TakeStep(const int8_t*& from, int16x8_t (&weights)[1]) {
  weights[0] = vmovl_s8(vld1_s8(from));
  from += 8;
  HideStep(from);
}
HWY_INLINE void TakeStep(const int8_t*& from, int16x8_t (&weights)[2]) {
  const int8x16_t bytes = vld1q_s8(from);
  from += 16;
  HideStep(from);
  weights[0] = vmovl_s8(vget_low_s8(bytes));
  weights[1] = vmovl_s8(vget_high_s8(bytes));
}

// Adds four steps to sums.at[kRows][kVectors], each of whose inputs multiplies out of its place in
// a register: a third of the instructions of a broadcast for every one. `rows` and `weights` move
// on.
template <int kRows, int kVectors, class Weight, class Sums>
HWY_INLINE void SumFourSteps(const int16_t* (&rows)[kRows], const Weight*& weights, Sums& sums) {
  int16x4_t inputs[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    inputs[r] = vld1_s16(rows[r]);
    rows[r] += 4;
    HideStep(rows[r]);
  }
  const auto step = [&](auto lane) HWY_ATTR {
    int16x8_t weight[kVectors / 2];
    TakeStep(weights, weight);
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      const int16x8_t both = weight[v / 2];
      const int16x4_t half = v % 2 == 0 ? vget_low_s16(both) : vget_high_s16(both);
#pragma GCC unroll 8
      for (int r = 0; r < kRows; ++r)
        sums.at[r][v].raw = vmlal_lane_s16(sums.at[r][v].raw, half, inputs[r], lane);
    }
  };
  step(std::integral_constant<int, 0>());
  step(std::integral_constant<int, 1>());
  step(std::integral_constant<int, 2>());
  step(std::integral_constant<int, 3>());
}

#endif

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#endif  // BRINK_KERNELS_LANE_STEPS_INL_H_
