#include "brink/camera/stages/governor.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>

namespace brink::camera {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kUnknown = -273;
constexpr Seconds kBetweenMeasures{1};
constexpr int kMostHeat = 7;        // steps: 12.8 s between frames
constexpr double kCoolBy = 2;       // below the limit by so much it is eased
constexpr Seconds kFirstPause{.1};  // of heat, doubled each step

Governor::Time After(Governor::Time time, double seconds) {
  return time + std::chrono::duration_cast<Governor::Time::duration>(Seconds(seconds));
}

double ProcessSeconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

double HottestZone() {
  namespace fs = std::filesystem;
  double hottest = kUnknown;
  std::error_code error;
  for (fs::directory_iterator it("/sys/class/thermal", error), end; !error && it != end;
       it.increment(error)) {
    if (!it->path().filename().string().starts_with("thermal_zone")) continue;
    std::ifstream file(it->path() / "temp");
    double thousandths = 0;
    if (file >> thousandths) hottest = std::max(hottest, thousandths / 1000);
  }
  return hottest;
}

}  // namespace

Gauges DeviceGauges() { return {ProcessSeconds, HottestZone}; }

void Governor::Begin(Time now) {
  began_ = now;
  if (options_.max_cpu > 0) cpu_began_ = gauges_.cpu_seconds();
}

void Governor::Hold(Time until, const char* reason) {
  if (until <= until_) return;
  until_ = until;
  reason_ = reason;
}

// A step up each second that it is too hot, a step down each second that it is cool again.
void Governor::Cool(Time now) {
  if (now - measured_ >= kBetweenMeasures) {
    measured_ = now;
    const double temperature = gauges_.temperature();
    if (temperature >= options_.max_temperature) heat_ = std::min(heat_ + 1, kMostHeat);
    if (temperature < options_.max_temperature - kCoolBy) heat_ = std::max(heat_ - 1, 0);
  }
  if (heat_ > 0) Hold(After(began_, kFirstPause.count() * (1 << heat_)), "temperature");
}

Governor::Time Governor::Until(Time now) {
  until_ = now;
  reason_.clear();
  if (options_.max_fps > 0) Hold(After(began_, 1 / options_.max_fps), "fps");
  if (options_.max_cpu > 0) {
    // What the frame cost may be spent once in so long.
    const double cost = std::max(gauges_.cpu_seconds() - cpu_began_, 0.);
    Hold(After(began_, cost * 100 / options_.max_cpu), "cpu");
  }
  if (options_.max_temperature > 0) Cool(now);
  return until_;
}

}  // namespace brink::camera
