#include "brink/kernels/cpu.h"

#include <cstdlib>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/cpu.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"

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

// The bit of a target that was compiled and that this CPU has, or 0.
int64_t BitOf(std::string_view name) {
  for (const NamedTarget& target : kTargets) {
    const bool here = (hwy::SupportedTargets() & HWY_TARGETS & target.bit) != 0;
    if (target.name == name && here) return target.bit;
  }
  return 0;
}

bool ApplyEnvironment() {
  const char* name = std::getenv("BRINK_CPU");  // NOLINT(concurrency-mt-unsafe): read once
  const int64_t bit = name == nullptr ? 0 : BitOf(name);
  // Lower bits are better targets.
  if (bit != 0) hwy::DisableTargets(bit - 1);
  return true;
}

}  // namespace

void PrepareCpu() { [[maybe_unused]] static const bool done = ApplyEnvironment(); }

int64_t CpuTargetBit() {
  PrepareCpu();
  const int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
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
  PrepareCpu();
  std::vector<std::string_view> names;
  for (const NamedTarget& target : kTargets) {
    if (BitOf(target.name) != 0) names.push_back(target.name);
  }
  return names;
}

bool ForceCpuTarget(std::string_view target) {
  PrepareCpu();
  hwy::SetSupportedTargetsForTest(0);
  if (target.empty()) return true;
  const int64_t bit = BitOf(target);
  // Lesser targets stay, for files that were not compiled for this one.
  if (bit != 0) hwy::SetSupportedTargetsForTest(hwy::SupportedTargets() & -bit);
  return bit != 0;
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
