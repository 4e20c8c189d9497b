#include "brink/base/cpu_count.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

namespace brink {
namespace {

// The words of a control group's file; none where there is no such file.
std::vector<std::string> WordsOf(const std::string& path) {
  std::vector<std::string> words;
  // Most are not there, and a stream costs more than to find that out.
  if (access(path.c_str(), R_OK) != 0) return words;
  std::ifstream file(path);
  for (std::string word; file >> word;) words.push_back(word);
  return words;
}

double FirstNumber(const std::vector<std::string>& words) {
  return words.empty() ? 0 : std::atof(words[0].c_str());
}

// A group's quota as CPUs; 0: none.
double GroupQuota(const std::string& directory) {
  if (const auto v2 = WordsOf(directory + "/cpu.max"); v2.size() == 2) {
    const double period = std::atof(v2[1].c_str());
    if (v2[0] == "max" || period <= 0) return 0;
    return std::max(0.0, std::atof(v2[0].c_str()) / period);
  }
  const double quota = FirstNumber(WordsOf(directory + "/cpu.cfs_quota_us"));
  if (quota <= 0) return 0;
  const double period = FirstNumber(WordsOf(directory + "/cpu.cfs_period_us"));
  return period > 0 ? quota / period : 0;
}

// The tightest quota of `path` (as /proc/self/cgroup writes it) and its ancestors below `mount`.
double TightestQuota(const std::string& mount, std::string path) {
  double tightest = 0;
  if (path == "/") path.clear();
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
