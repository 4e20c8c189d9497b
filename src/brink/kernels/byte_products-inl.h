// Sums of products of bytes, four a sum, exact and without saturation; compiled once a CPU target.
// Where BRINK_BYTE_PRODUCTS is 0 there are none: AVX-512 has them with VNNI, AVX2 with AVX-VNNI
// (vpdpbusd) and 64-bit NEON with its dot product (sdot), for which some files are compiled again,
// see CMakeLists.txt.
#if defined(BRINK_KERNELS_BYTE_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_BYTE_PRODUCTS_INL_H_
#undef BRINK_KERNELS_BYTE_PRODUCTS_INL_H_
#else
#define BRINK_KERNELS_BYTE_PRODUCTS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#undef BRINK_BYTE_PRODUCTS
#if HWY_TARGET == HWY_AVX3_DL || defined(BRINK_BYTE_VARIANT)
#define BRINK_BYTE_PRODUCTS 1
#else
#define BRINK_BYTE_PRODUCTS 0
#endif

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if BRINK_BYTE_PRODUCTS

// What is multiplied with signed bytes.
#if HWY_ARCH_X86
using ByteInput = uint8_t;
#else
using ByteInput = int8_t;
#endif

// Adds to each 32-bit sum the products of its lane's bytes, those of `a` of type ByteInput, those
// of `b` signed. GCC 12 spills sums around x86's intrinsic.
template <class Sum, class Inputs, class Weights>
HWY_INLINE void AddByteProducts(Sum& sum, Inputs a, Weights b) {
#if HWY_TARGET == HWY_AVX3_DL
  asm("vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
#elif HWY_ARCH_X86
  asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum.raw) : "x"(a.raw), "x"(b.raw));
#else
  asm(".arch armv8.2-a+crypto+dotprod\n\tsdot %0.4s, %1.16b, %2.16b"
      : "+w"(sum.raw)
      : "w"(a.raw), "w"(b.raw));
#endif
}

#if HWY_ARCH_ARM

// The same with the four inputs of one lane of `a` for all sums. Volatile, as in another order GCC
// spills sums.
template <int kLane, class Sum>
HWY_INLINE void AddLaneProducts(Sum& sum, int8x16_t weights, int8x16_t a) {
  asm volatile(".arch armv8.2-a+crypto+dotprod\n\tsdot %0.4s, %1.16b, %2.4b[%3]"
               : "+w"(sum.raw)
               : "w"(weights), "w"(a), "i"(kLane));
}

#endif

// Adds to each 32-bit sum its lane's unsigned bytes; `ones` are bytes of 1.
template <class Sum, class Bytes>
HWY_INLINE void AddUnsignedBytes(Sum& sum, Bytes bytes, Bytes ones) {
#if HWY_ARCH_X86
  AddByteProducts(sum, bytes, ones);
#else
  asm(".arch armv8.2-a+crypto+dotprod\n\tudot %0.4s, %1.16b, %2.16b"
      : "+w"(sum.raw)
      : "w"(bytes.raw), "w"(ones.raw));
#endif
}

#endif

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_BYTE_PRODUCTS_INL_H_
