#include "brink/base/vector_targets.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace brink {
namespace {

#if defined(__x86_64__)
// The compiler's library asks the CPU itself.
TEST(VectorTargets, TheLoaderKnowsWhatTheCpuAnswers) {
  const int64_t targets = CpuVectorTargets();
  EXPECT_EQ((targets & HWY_SSE4) != 0,
            __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("aes"));
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi2");
  EXPECT_EQ((targets & HWY_AVX2) != 0, avx2);
  const bool avx3 = avx2 && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  EXPECT_EQ((targets & HWY_AVX3) != 0, avx3);
  EXPECT_EQ((targets & HWY_AVX3_DL) != 0, avx3 && __builtin_cpu_supports("avx512vnni") &&
                                              __builtin_cpu_supports("avx512vbmi2") &&
                                              __builtin_cpu_supports("avx512bitalg"));
}
#endif

TEST(VectorTargets, ThereIsAlwaysOneToRun) { EXPECT_NE(hwy::SupportedTargets(), 0); }

TEST(VectorTargets, OneCanBeForcedAndReleased) {
  const int64_t all = hwy::SupportedTargets();
  const int64_t least = int64_t{1} << 62;
  hwy::SetSupportedTargetsForTest(least);
  EXPECT_EQ(hwy::SupportedTargets(), least);
  hwy::SetSupportedTargetsForTest(0);
  EXPECT_EQ(hwy::SupportedTargets(), all);
}

}  // namespace
}  // namespace brink
