// Sums of products of unsigned and signed bytes, four a sum, exact and without saturation
// (vpdpbusd); compiled once a CPU target. Where BRINK_VNNI is 0 there are none: AVX-512 has them
// with VNNI, AVX2 with AVX-VNNI, for which some files are compiled again, see CMakeLists.txt.
#if defined(BRINK_KERNELS_BYTE_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_BYTE_PRODUCTS_INL_H_
#undef BRINK_KERNELS_BYTE_PRODUCTS_INL_H_
#else
#define BRINK_KERNELS_BYTE_PRODUCTS_INL_H_
#endif

#include <hwy/highway.h>

#undef BRINK_VNNI
#if HWY_TARGET == HWY_AVX3_DL || defined(BRINK_AVX_VNNI)
#define BRINK_VNNI 1
#else
#define BRINK_VNNI 0
#endif

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if BRINK_VNNI

// Adds to each 32-bit sum the products of its lane's bytes. GCC 12 spills sums around the
// intrinsic.
template <class Sum, class Unsigned, class Signed>
HWY_INLINE void AddByteProducts(Sum& sum, Unsigned a, Signed b) {
#if HWY_TARGET == HWY_AVX3_DL
  asm("vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
#else
  asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum.raw) : "x"(a.raw), "x"(b.raw));
#endif
}

#endif

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_BYTE_PRODUCTS_INL_H_
