#include "brink/base/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

namespace brink {
namespace {

// A group's quota as CPUs; 0: none.
double GroupQuota(const std::string& directory) {
  std::string quota;
  double period = 0;
  if (std::ifstream v2(directory + "/cpu.max"); v2 >> quota >> period) {
    if (quota == "max" || period <= 0) return 0;
    return std::max(0.0, std::atof(quota.c_str()) / period);
  }
  double microseconds = 0;
  std::ifstream v1_quota(directory + "/cpu.cfs_quota_us");
  std::ifstream v1_period(directory + "/cpu.cfs_period_us");
  if (v1_quota >> microseconds && v1_period >> period && microseconds > 0 && period > 0)
    return microseconds / period;
  return 0;
}

// The tightest quota of `path` (as /proc/self/cgroup writes it) and its ancestors below `mount`.
double TightestQuota(const std::string& mount, std::string path) {
  double tightest = 0;
  for (;;) {
    const double quota = GroupQuota(mount + path);
    if (quota > 0 && (tightest == 0 || quota < tightest)) tightest = quota;
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return tightest;
    path.erase(slash);
  }
}

bool NamesCpu(std::string_view controllers) {
  std::istringstream list{std::string(controllers)};
  for (std::string name; std::getline(list, name, ',');) {
    if (name == "cpu") return true;
  }
  return false;
}

}  // namespace

double CpuQuota(const std::string& root) {
  std::ifstream groups(
      root + "/proc/self/cgroup");  // lines "0::/path" (v2) and "4:cpu,cpuacct:/path" (v1)
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::vector<std::string> mounts;
    if (controllers.empty()) mounts = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    if (NamesCpu(controllers)) mounts = {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/" + controllers};
    for (const std::string& mount : mounts) {
      const double quota = TightestQuota(root + mount, line.substr(second + 1));
      if (quota > 0) return quota;
    }
  }
  return 0;
}

int AvailableCpus() {
  int cpus = 1;
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) cpus = CPU_COUNT(&mask);
  const double quota = CpuQuota();
  if (quota > 0) cpus = static_cast<int>(std::min<double>(cpus, std::ceil(quota)));
  return std::max(cpus, 1);
}

}  // namespace brink
