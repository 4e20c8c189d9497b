#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "brink/metrics/metrics.h"

namespace brink::metrics {
namespace {

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double CpuSeconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double OpenFiles() {
  std::error_code error;
  double count = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++count;
  }
  return count;
}

// Taken once, when the program's statics are made: near enough to the process's start for rate()
// over restarts.
const double kStartSeconds =
    std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();

// /sys/class/thermal/thermal_zoneN/{type,temp}: millidegrees Celsius (kernel
// Documentation/driver-api/thermal/sysfs-api.rst).
void AppendTemperatures(std::vector<Sample>& samples) {
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator("/sys/class/thermal", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().filename().string().rfind("thermal_zone", 0) != 0) continue;
    std::ifstream type_file(entry->path() / "type");
    std::ifstream temp_file(entry->path() / "temp");
    std::string type;
    double millidegrees = 0;
    if (!std::getline(type_file, type) || !(temp_file >> millidegrees)) continue;
    samples.push_back({"brink_device_temperature_celsius",
                       "Temperature of a thermal zone",
                       millidegrees / 1000,
                       Sample::Kind::kGauge,
                       {{"zone", entry->path().filename().string()}, {"type", type}}});
  }
}

}  // namespace

std::vector<Sample> ProcessSamples() {
  using Kind = Sample::Kind;
  std::vector<Sample> samples = {
      {"process_resident_memory_bytes",
       "Resident memory size in bytes",
       ResidentBytes(),
       Kind::kGauge,
       {}},
      {"process_cpu_seconds_total",
       "User and system CPU time in seconds",
       CpuSeconds(),
       Kind::kCounter,
       {}},
      {"process_open_fds", "Number of open file descriptors", OpenFiles(), Kind::kGauge, {}},
      {"process_start_time_seconds",
       "Start time since the Unix epoch in seconds",
       kStartSeconds,
       Kind::kGauge,
       {}},
  };
  AppendTemperatures(samples);
  return samples;
}

}  // namespace brink::metrics
