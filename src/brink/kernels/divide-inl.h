// Correctly rounded division and square root of float vectors, compiled once a CPU target: ARMv7's
// NEON only approximates them, and there each lane goes through the scalar unit.
#if defined(BRINK_KERNELS_DIVIDE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_DIVIDE_INL_H_
#undef BRINK_KERNELS_DIVIDE_INL_H_
#else
#define BRINK_KERNELS_DIVIDE_INL_H_
#endif

#include <hwy/highway.h>

#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

template <class V>
HWY_INLINE V Divide(V a, V b) {
#if HWY_ARCH_ARM_V7
  const hwy::HWY_NAMESPACE::DFromV<V> d;
  HWY_ALIGN float quotients[hwy::HWY_NAMESPACE::MaxLanes(d)];
  HWY_ALIGN float divisors[hwy::HWY_NAMESPACE::MaxLanes(d)];
  hwy::HWY_NAMESPACE::Store(a, d, quotients);
  hwy::HWY_NAMESPACE::Store(b, d, divisors);
  for (size_t i = 0; i < hwy::HWY_NAMESPACE::MaxLanes(d); ++i) quotients[i] /= divisors[i];
  return hwy::HWY_NAMESPACE::Load(d, quotients);
#else
  return hwy::HWY_NAMESPACE::Div(a, b);
#endif
}

template <class V>
HWY_INLINE V SquareRoot(V a) {
#if HWY_ARCH_ARM_V7
  const hwy::HWY_NAMESPACE::DFromV<V> d;
  HWY_ALIGN float roots[hwy::HWY_NAMESPACE::MaxLanes(d)];
  hwy::HWY_NAMESPACE::Store(a, d, roots);
  for (size_t i = 0; i < hwy::HWY_NAMESPACE::MaxLanes(d); ++i) roots[i] = std::sqrt(roots[i]);
  return hwy::HWY_NAMESPACE::Load(d, roots);
#else
  return hwy::HWY_NAMESPACE::Sqrt(a);
#endif
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
