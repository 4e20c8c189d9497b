#include "brink/kernels/loader_targets.h"

#include <hwy/detect_targets.h>

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include <algorithm>

#include "brink/base/loader_features.h"

namespace brink::kernels {

#ifdef BRINK_LOADER_KNOWS

namespace {

// All that some release of Highway wants for a target, or more: a CPU that lacks any of it is
// asked.
constexpr unsigned kAvx2[] = {x86_cpu_SSE3,  x86_cpu_SSSE3,     x86_cpu_SSE4_1, x86_cpu_SSE4_2,
                              x86_cpu_AES,   x86_cpu_PCLMULQDQ, x86_cpu_AVX,    x86_cpu_AVX2,
                              x86_cpu_FMA,   x86_cpu_F16C,      x86_cpu_BMI1,   x86_cpu_BMI2,
                              x86_cpu_LZCNT, x86_cpu_POPCNT};
constexpr unsigned kAvx3[] = {x86_cpu_AVX512F, x86_cpu_AVX512VL, x86_cpu_AVX512DQ, x86_cpu_AVX512BW,
                              x86_cpu_AVX512CD};
constexpr unsigned kAvx3Dl[] = {
    x86_cpu_AVX512_VNNI, x86_cpu_AVX512_VBMI,   x86_cpu_AVX512_VBMI2,     x86_cpu_VAES,
    x86_cpu_VPCLMULQDQ,  x86_cpu_AVX512_BITALG, x86_cpu_AVX512_VPOPCNTDQ, x86_cpu_GFNI};

// Whether the CPU has it and the system saves its registers.
bool IsActive(unsigned feature) { return x86_cpu_active(feature); }

}  // namespace

int64_t LoaderTargets() {
  if (!std::ranges::all_of(kAvx2, IsActive)) return 0;
  const int64_t avx2 = HWY_AVX2 | HWY_SSE4 | HWY_SSSE3;
  if (!IsActive(x86_cpu_AVX512F)) return avx2;
  const bool has_all =
      std::ranges::all_of(kAvx3, IsActive) && std::ranges::all_of(kAvx3Dl, IsActive);
  return has_all ? HWY_AVX3_DL | HWY_AVX3 | avx2 : 0;
}

bool LoaderHasByteProducts() { return IsActive(x86_cpu_AVX_VNNI); }

#else

int64_t LoaderTargets() { return 0; }

#if defined(__aarch64__)
bool LoaderHasByteProducts() { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }
#else
bool LoaderHasByteProducts() { return false; }
#endif

#endif

}  // namespace brink::kernels
