#include "brink/kernels/cpu.h"

#if defined(__arm__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cstdlib>
#include <cstring>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/cpu.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/loader_targets.h"

#if HWY_ONCE
namespace brink::kernels {
namespace {

struct NamedTarget {
  std::string_view name;
  int64_t bit;
};
constexpr NamedTarget kTargets[] = {
    {"avx3_dl", HWY_AVX3_DL}, {"avx3", HWY_AVX3},  {"avx2", HWY_AVX2},     {"sse4", HWY_SSE4},
    {"neon", HWY_NEON},       {"emu", HWY_EMU128}, {"scalar", HWY_SCALAR},
};

// The bit of `name` if it is one of `targets`, or 0.
int64_t BitOf(std::string_view name, int64_t targets) {
  for (const NamedTarget& target : kTargets) {
    if (target.name == name) return target.bit & targets;
  }
  return 0;
}

// From now on Highway takes the best of `targets` and does not look at the CPU again, which it
// otherwise does at each question, forgetting what was chosen.
void Use(int64_t targets) {
  hwy::SetSupportedTargetsForTest(targets);
  hwy::GetChosenTarget().Update(targets);
}

// `targets` without those better than the one named; all of them when it is not among them. Lesser
// ones stay for files that were not compiled for it. Lower bits are better targets.
int64_t UpTo(std::string_view name, int64_t targets) {
  const int64_t bit = BitOf(name, targets);
  return bit == 0 ? targets : targets & -bit;
}

// The targets that the CPU, the build and BRINK_CPU allow, put to use when first asked for.
int64_t AllowedTargets() {
  static const int64_t allowed = [] {
    const char* name = std::getenv("BRINK_CPU");  // NOLINT(concurrency-mt-unsafe): read once
    // What the whole build is compiled for is there; on ARM, Highway's library may know of less.
    const int64_t known = LoaderTargets();
    const int64_t cpu = known != 0 ? known : hwy::SupportedTargets();
    const int64_t compiled = (cpu & HWY_TARGETS) | HWY_STATIC_TARGET;
    const int64_t targets = UpTo(name == nullptr ? "" : name, compiled);
    Use(targets);
    return targets;
  }();
  return allowed;
}

// Eight of AMD's cores share a cache of their own, which one of them reads at 40 GB/s (Zen 5);
// servers of Intel share one between all cores, at a quarter of that (Ice Lake).
bool SharesNearCache() {
#if defined(__x86_64__)
  unsigned most = 0;
  unsigned vendor[3] = {};
  __cpuid(0, most, vendor[0], vendor[2], vendor[1]);
  return std::memcmp(vendor, "AuthenticAMD", sizeof(vendor)) == 0;
#else
  return false;
#endif
}

}  // namespace

double SharedReadRate() {
  static const double rate = SharesNearCache() ? 16e3 : 7e3;
  return rate;
}

Status CheckCpu() {
#if defined(__arm__)
  const unsigned long cpu = getauxval(AT_HWCAP);
  if ((cpu & HWCAP_ARM_NEON) == 0 || (cpu & HWCAP_ARM_VFPv4) == 0) {
    return Fail(
        Code::kFailedPrecondition,
        "this CPU lacks NEON with fused multiply-add (VFPv4), which brink needs on 32-bit ARM: "
        "a Cortex-A7 or newer has it");
  }
#endif
  return {};
}

void PrepareCpu() { AllowedTargets(); }

int64_t CpuTargetBit() {
  PrepareCpu();
  const int64_t targets = hwy::SupportedTargets();
  return targets & -targets;
}

std::string_view CpuTarget() {
  const int64_t bit = CpuTargetBit();
  for (const NamedTarget& target : kTargets) {
    if (target.bit == bit) return target.name;
  }
  return "unknown";
}

std::vector<std::string_view> CpuTargets() {
  std::vector<std::string_view> names;
  for (const NamedTarget& target : kTargets) {
    if (BitOf(target.name, AllowedTargets()) != 0) names.push_back(target.name);
  }
  return names;
}

bool ForceCpuTarget(std::string_view target) {
  Use(UpTo(target, AllowedTargets()));
  return target.empty() || BitOf(target, AllowedTargets()) != 0;
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
