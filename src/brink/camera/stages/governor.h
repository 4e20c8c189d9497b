// Holds a camera back: frames a second, share of the processor, heat of the device. What comes
// meanwhile is passed over, so that the device slows down by our choice and not by its own.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace brink::camera {

struct GovernorOptions {
  double max_fps = 0;          // frames that are looked at a second; 0: no limit
  double max_cpu = 0;          // percent of one core that this process takes; 0: no limit
  double max_temperature = 0;  // degrees Celsius; 0: no limit
};

// What a governor goes by; a test has its own.
struct Gauges {
  std::function<double()> cpu_seconds;  // that this process has taken
  std::function<double()> temperature;  // of the device's hottest part; below -200: unknown
};
// clock_gettime's process clock, and /sys/class/thermal.
Gauges DeviceGauges();

// One camera's. Not for two threads at once.
class Governor {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Governor(const GovernorOptions& options, Gauges gauges)
      : options_(options), gauges_(std::move(gauges)) {}

  // A frame is about to be looked at, at `now`.
  void Begin(Time now);
  // It was looked at. The next one should not begin before this time.
  Time Until(Time now);
  // What decided Until: "fps", "cpu", "temperature", or nothing where nothing holds.
  const std::string& reason() const { return reason_; }

 private:
  void Cool(Time now);
  void Hold(Time until, const char* reason);

  const GovernorOptions options_;
  const Gauges gauges_;
  Time began_{};
  double cpu_began_ = 0;
  Time measured_{};  // the temperature
  int heat_ = 0;     // steps of holding back
  Time until_{};
  std::string reason_;
};

}  // namespace brink::camera
