#include "brink/kernels/cpu.h"

#if defined(__arm__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include <cstdlib>
#include <iterator>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/cpu.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/base/loader_features.h"
#include "brink/base/vector_targets.h"
#include "brink/kernels/dispatch.h"

#if HWY_ONCE
namespace brink::kernels {
namespace {

#ifdef BRINK_BYTE_NAMESPACE
constexpr bool kHasByteVariant = true;
#else
constexpr bool kHasByteVariant = false;
#endif

struct NamedTarget {
  std::string_view name;
  int64_t bit;                // Highway's
  bool byte_variant = false;  // with products of bytes, which Highway does not know
};
// Best first.
constexpr NamedTarget kTargets[] = {
    {"avx3_dl", HWY_AVX3_DL}, {"avx3", HWY_AVX3},  {"avx2_vnni", HWY_AVX2, true},
    {"avx2", HWY_AVX2},       {"sse4", HWY_SSE4},  {"neon_dot", HWY_NEON, true},
    {"neon", HWY_NEON},       {"emu", HWY_EMU128}, {"scalar", HWY_SCALAR},
};

// What a CPU, a build or a caller allows.
struct Targets {
  int64_t bits = 0;  // Highway's
  bool byte_variant = false;

  bool Have(const NamedTarget& target) const {
    return (target.bit & bits) != 0 && (byte_variant || !target.byte_variant);
  }
  const NamedTarget* Find(std::string_view name) const {
    for (const NamedTarget& target : kTargets) {
      if (target.name == name && Have(target)) return &target;
    }
    return nullptr;
  }
  const NamedTarget& Best() const {
    for (const NamedTarget& target : kTargets) {
      if (Have(target)) return target;
    }
    return kTargets[std::size(kTargets) - 1];
  }
  // Without those better than the one named; all of them when it is not among them. Lesser ones
  // stay for files that were not compiled for it. Lower bits are better targets.
  Targets UpTo(std::string_view name) const {
    const NamedTarget* target = Find(name);
    return target == nullptr ? *this : Targets{bits & -target->bit, target->byte_variant};
  }
};

const NamedTarget* in_use = nullptr;

// From now on Highway's dispatch takes the best of `targets`.
void Use(const Targets& targets) {
  hwy::SetSupportedTargetsForTest(targets.bits);
  hwy::GetChosenTarget().Update(targets.bits);
  in_use = &targets.Best();
}

// The targets that the CPU, the build and BRINK_CPU allow, put to use when first asked for.
const Targets& AllowedTargets() {
  static const Targets allowed = [] {
    const char* name = std::getenv("BRINK_CPU");  // NOLINT(concurrency-mt-unsafe): read once
    const Targets compiled{(CpuVectorTargets() & HWY_TARGETS) | HWY_STATIC_TARGET,
                           kHasByteVariant && CpuHasByteProducts()};
    const Targets targets = compiled.UpTo(name == nullptr ? "" : name);
    Use(targets);
    return targets;
  }();
  return allowed;
}

// Eight of AMD's cores share a cache of their own, which one of them reads at 40 GB/s (Zen 5);
// servers of Intel share one between all cores, at a quarter of that (Ice Lake).
bool SharesNearCache() {
#ifdef BRINK_LOADER_KNOWS
  return x86_cpu_present(x86_cpu_SSE4A);  // which AMD alone has
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

bool UsesByteVariant() {
  PrepareCpu();
  return in_use->byte_variant;
}

ptrdiff_t CpuTargetKey() {
  PrepareCpu();
  return in_use - kTargets;
}

std::string_view CpuTarget() {
  PrepareCpu();
  return in_use->name;
}

bool CpuMultipliesBytes() {
  PrepareCpu();
  return in_use->byte_variant || in_use->bit == HWY_AVX3_DL;
}

std::vector<std::string_view> CpuTargets() {
  std::vector<std::string_view> names;
  for (const NamedTarget& target : kTargets) {
    if (AllowedTargets().Have(target)) names.push_back(target.name);
  }
  return names;
}

bool ForceCpuTarget(std::string_view target) {
  Use(AllowedTargets().UpTo(target));
  return target.empty() || AllowedTargets().Find(target) != nullptr;
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
