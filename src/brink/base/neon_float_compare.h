// Comparisons of floats on 32-bit ARM, for Highway's functions: the build includes this before all
// else in vector code for that machine (cmake/brink.cmake).
//
// g++ 12 defines vcltq_f32 and its like by C's operators and takes those apart, number by number,
// unless it may flush subnormals wherever it computes: some thirty instructions for one. Here the
// instruction is named, under the names that Highway uses.
#pragma once

#if defined(__arm__) && defined(__ARM_NEON) && !defined(__clang__)

#include <arm_neon.h>

#define BRINK_NEON_INLINE inline __attribute__((always_inline))

BRINK_NEON_INLINE uint32x4_t BrinkGreater(float32x4_t a, float32x4_t b) {
  uint32x4_t mask;
  __asm__("vcgt.f32 %q0, %q1, %q2" : "=w"(mask) : "w"(a), "w"(b));
  return mask;
}
BRINK_NEON_INLINE uint32x2_t BrinkGreater(float32x2_t a, float32x2_t b) {
  uint32x2_t mask;
  __asm__("vcgt.f32 %P0, %P1, %P2" : "=w"(mask) : "w"(a), "w"(b));
  return mask;
}
BRINK_NEON_INLINE uint32x4_t BrinkNotLess(float32x4_t a, float32x4_t b) {
  uint32x4_t mask;
  __asm__("vcge.f32 %q0, %q1, %q2" : "=w"(mask) : "w"(a), "w"(b));
  return mask;
}
BRINK_NEON_INLINE uint32x2_t BrinkNotLess(float32x2_t a, float32x2_t b) {
  uint32x2_t mask;
  __asm__("vcge.f32 %P0, %P1, %P2" : "=w"(mask) : "w"(a), "w"(b));
  return mask;
}

#undef BRINK_NEON_INLINE

#define vcgtq_f32(a, b) BrinkGreater(a, b)
#define vcgt_f32(a, b) BrinkGreater(a, b)
#define vcltq_f32(a, b) BrinkGreater(b, a)
#define vclt_f32(a, b) BrinkGreater(b, a)
#define vcgeq_f32(a, b) BrinkNotLess(a, b)
#define vcge_f32(a, b) BrinkNotLess(a, b)
#define vcleq_f32(a, b) BrinkNotLess(b, a)
#define vcle_f32(a, b) BrinkNotLess(b, a)

#endif
