#include "brink/base/vector_targets.h"

#include <hwy/targets.h>

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "brink/base/loader_features.h"

namespace brink {

#ifdef BRINK_LOADER_KNOWS

namespace {

// What the compiler may use in functions of each target, <hwy/ops/set_macros-inl.h>, beside what
// the target before may.
constexpr unsigned kSsse3[] = {x86_cpu_SSE3, x86_cpu_SSSE3};
constexpr unsigned kSse4[] = {x86_cpu_SSE4_1, x86_cpu_SSE4_2, x86_cpu_AES, x86_cpu_PCLMULQDQ,
                              x86_cpu_POPCNT};
constexpr unsigned kAvx2[] = {x86_cpu_AVX,  x86_cpu_AVX2, x86_cpu_FMA,  x86_cpu_F16C,
                              x86_cpu_BMI1, x86_cpu_BMI2, x86_cpu_LZCNT};
constexpr unsigned kAvx3[] = {x86_cpu_AVX512F, x86_cpu_AVX512VL, x86_cpu_AVX512DQ, x86_cpu_AVX512BW,
                              x86_cpu_AVX512CD};
constexpr unsigned kAvx3Dl[] = {
    x86_cpu_AVX512_VNNI, x86_cpu_AVX512_VBMI,   x86_cpu_AVX512_VBMI2,     x86_cpu_VAES,
    x86_cpu_VPCLMULQDQ,  x86_cpu_AVX512_BITALG, x86_cpu_AVX512_VPOPCNTDQ, x86_cpu_GFNI};

// Whether the CPU has it and the system saves its registers.
bool IsActive(unsigned feature) { return x86_cpu_active(feature); }

template <size_t N>
bool HasAll(const unsigned (&features)[N]) {
  return std::ranges::all_of(features, IsActive);
}

int64_t LoaderTargets() {
  int64_t targets = 0;
  if (!HasAll(kSsse3)) return targets;
  targets |= HWY_SSSE3;
  if (!HasAll(kSse4)) return targets;
  targets |= HWY_SSE4;
  if (!HasAll(kAvx2)) return targets;
  targets |= HWY_AVX2;
  if (!HasAll(kAvx3)) return targets;
  targets |= HWY_AVX3;
  return HasAll(kAvx3Dl) ? targets | HWY_AVX3_DL : targets;
}

}  // namespace

int64_t CpuVectorTargets() { return LoaderTargets() | HWY_STATIC_TARGET; }

bool CpuHasByteProducts() { return IsActive(x86_cpu_AVX_VNNI); }

#else

int64_t CpuVectorTargets() { return HWY_STATIC_TARGET; }

#if defined(__aarch64__)
bool CpuHasByteProducts() { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }
#else
bool CpuHasByteProducts() { return false; }
#endif

#endif

}  // namespace brink

// Highway's library does no more for a program than answer the first three of these, but measures
// the CPU's timer before `main`: 3 ms of every start, 20 million instructions on 32-bit ARM. Debian
// has it as a shared library alone.
namespace hwy {
namespace {
std::atomic<int64_t> forced_targets{0};
ChosenTarget chosen_target;
}  // namespace

int64_t SupportedTargets() {
  const int64_t forced = forced_targets;
  return forced != 0 ? forced : brink::CpuVectorTargets();
}

void SetSupportedTargetsForTest(int64_t targets) { forced_targets = targets; }

ChosenTarget& GetChosenTarget() { return chosen_target; }

// Of its assertions, which builds without optimisation and sanitizers' have.
void Abort(const char* file, int line, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  std::fprintf(stderr, "%s:%d: ", file, line);
  std::vfprintf(stderr, format, arguments);
  std::fputc('\n', stderr);
  va_end(arguments);
  std::abort();
}

}  // namespace hwy
