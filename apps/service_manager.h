// What systemd wants to hear of a service (sd_notify(3)): datagrams to the socket that the variable
// NOTIFY_SOCKET names. Without it everything here does nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config.h"

namespace brink::apps {

class ServiceManager {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  explicit ServiceManager(const GetVariable& variable);
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // Requests are answered on `http_port` of this machine. Where systemd watches the service it
  // hears of it from now on as long as a request to that port is answered.
  void Ready(uint16_t http_port);
  void Stopping();

  // How often a watched service reports: half of what systemd allows. None: nobody watches.
  std::optional<std::chrono::microseconds> watchdog_period() const { return period_; }

 private:
  class Watchdog;
  void Send(std::string_view state) const;

  std::string socket_;
  std::optional<std::chrono::microseconds> period_;
  std::unique_ptr<Watchdog> watchdog_;
};

// Whether GET /health/ping of that port of this machine is answered with 200 within the time.
bool AnswersPing(uint16_t http_port, std::chrono::milliseconds timeout);

}  // namespace brink::apps
