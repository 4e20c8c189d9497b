#include "brink/base/cpu_count.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace brink {
namespace {

class CpuQuotaTest : public testing::Test {
 protected:
  CpuQuotaTest()
      : root_(testing::TempDir() + "cpu_quota_" +
              testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(root_);
  }
  ~CpuQuotaTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  std::string root_;
};

TEST_F(CpuQuotaTest, IsZeroWithoutControlGroups) { EXPECT_EQ(CpuQuota(root_), 0); }

TEST_F(CpuQuotaTest, ReadsVersion2) {
  Write("/proc/self/cgroup", "0::/a/b\n");
  Write("/sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
  EXPECT_DOUBLE_EQ(CpuQuota(root_), 1.5);
}

TEST_F(CpuQuotaTest, TakesTheTightestAncestor) {
  Write("/proc/self/cgroup", "0::/a/b\n");
  Write("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  Write("/sys/fs/cgroup/a/cpu.max", "300000 100000\n");
  Write("/sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_DOUBLE_EQ(CpuQuota(root_), 2);
}

TEST_F(CpuQuotaTest, FindsTheContainersOwnGroupAtTheMount) {
  Write("/proc/self/cgroup", "0::/not/visible/here\n");
  Write("/sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_DOUBLE_EQ(CpuQuota(root_), 0.5);
}

TEST_F(CpuQuotaTest, ReadsVersion1) {
  Write("/proc/self/cgroup", "4:memory:/x\n3:cpu,cpuacct:/x\n");
  Write("/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "400000\n");
  Write("/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
  EXPECT_DOUBLE_EQ(CpuQuota(root_), 4);
}

TEST_F(CpuQuotaTest, NoLimitOfVersion1IsNone) {
  Write("/proc/self/cgroup", "3:cpu:/x\n");
  Write("/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "-1\n");
  Write("/sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(CpuQuota(root_), 0);
}

TEST_F(CpuQuotaTest, SurvivesNonsense) {
  Write("/proc/self/cgroup", "\n:\n::\nx:cpu\n0::\n");
  Write("/sys/fs/cgroup/cpu.max", "-5 0\n");
  EXPECT_EQ(CpuQuota(root_), 0);
}

TEST(AvailableCpusTest, IsAtLeastOne) { EXPECT_GE(AvailableCpus(), 1); }

}  // namespace
}  // namespace brink
