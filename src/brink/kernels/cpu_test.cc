#include "brink/kernels/cpu.h"

#include <gtest/gtest.h>

namespace brink::kernels {
namespace {

TEST(Cpu, TheTargetInUseIsTheBestOne) {
  const auto targets = CpuTargets();
  ASSERT_FALSE(targets.empty());
  EXPECT_EQ(CpuTarget(), targets.front());
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

TEST(Cpu, AnUnknownTargetIsRefused) { EXPECT_FALSE(ForceCpuTarget("z80")); }

}  // namespace
}  // namespace brink::kernels
