#include "brink/kernels/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <gtest/gtest.h>

#include <cstdlib>

#include "brink/base/vector_targets.h"
#include "brink/kernels/conv.h"
#include "brink/kernels/quantized_conv.h"

namespace brink::kernels {
namespace {

TEST(Cpu, TheTargetInUseIsTheBestOne) {
  const auto targets = CpuTargets();
  ASSERT_FALSE(targets.empty());
  EXPECT_EQ(CpuTarget(), targets.front());
}

#if defined(__x86_64__)
TEST(Cpu, TheLoaderKnowsOfAvxVnni) {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  ASSERT_NE(__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx), 0);
  constexpr unsigned kAvxVnni = 1U << 4;
  EXPECT_EQ(CpuHasByteProducts(), (eax & kAvxVnni) != 0);
}

#endif

TEST(Cpu, AVariantMultipliesBytesWhereTheCpuDoes) {
#if defined(__x86_64__)
  constexpr std::string_view kWith = "avx2_vnni";
  constexpr std::string_view kWithout = "avx2";
#else
  constexpr std::string_view kWith = "neon_dot";
  constexpr std::string_view kWithout = "neon";
#endif
  if (!CpuHasByteProducts()) GTEST_SKIP() << "this CPU has none";
  ASSERT_TRUE(ForceCpuTarget(kWith));
  EXPECT_TRUE(CpuMultipliesBytes());
  auto* const by_bytes = FindQuantizedConv("direct")->run;
  ASSERT_TRUE(ForceCpuTarget(kWithout));
  EXPECT_FALSE(CpuMultipliesBytes());
  EXPECT_NE(FindQuantizedConv("direct")->run, by_bytes);
  ForceCpuTarget("");
}

TEST(Cpu, EveryTargetCanBeForcedAndReleased) {
  const std::string_view best = CpuTarget();
  for (const std::string_view target : CpuTargets()) {
    EXPECT_TRUE(ForceCpuTarget(target));
    EXPECT_EQ(CpuTarget(), target);
  }
  EXPECT_TRUE(ForceCpuTarget(""));
  EXPECT_EQ(CpuTarget(), best);
}

TEST(Cpu, AForcedTargetBringsItsOwnKernels) {
  const auto targets = CpuTargets();
  if (targets.size() < 2) GTEST_SKIP() << "this build has one target";
  auto* const best = FindQuantizedConv("direct")->run;
  ForceCpuTarget(targets.back());
  EXPECT_NE(FindQuantizedConv("direct")->run, best);
  ForceCpuTarget("");
  EXPECT_EQ(FindQuantizedConv("direct")->run, best);
}

// In a fresh process, as the variable is read once.
TEST(CpuDeathTest, TheEnvironmentNamesTheTarget) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto targets = CpuTargets();
  ForceCpuTarget(targets.back());
  const size_t want = FindConv("direct")->packed_bytes(FullyConnectedProblem(1, 1, 1, {}));
  ForceCpuTarget("");
  setenv("BRINK_CPU", std::string(targets.back()).c_str(), 1);
  const auto run = [&] {
    const ConvProblem problem = FullyConnectedProblem(1, 1, 1, {});
    const size_t bytes = FindConv("direct")->packed_bytes(problem);
    std::_Exit(CpuTarget() == targets.back() && bytes == want ? 0 : 1);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
  unsetenv("BRINK_CPU");
}

#if defined(__arm__) || defined(__aarch64__)
TEST(Cpu, ArmComputesWithNeon) {
  EXPECT_TRUE(CheckCpu());
  EXPECT_EQ(CpuTarget(), CpuHasByteProducts() ? "neon_dot" : "neon");
}
#endif

TEST(Cpu, AnUnknownTargetIsRefused) { EXPECT_FALSE(ForceCpuTarget("z80")); }

}  // namespace
}  // namespace brink::kernels
