#include "service_manager.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>

namespace brink::apps {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::optional<int64_t> Number(const std::optional<std::string>& text) {
  int64_t number = 0;
  if (!text) return std::nullopt;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), number);
  if (read.ec != std::errc() || read.ptr != text->data() + text->size()) return std::nullopt;
  return number;
}

timeval Timeout(std::chrono::milliseconds time) {
  timeval value{};
  value.tv_sec = static_cast<decltype(value.tv_sec)>(time.count() / 1000);
  value.tv_usec = static_cast<decltype(value.tv_usec)>(time.count() % 1000 * 1000);
  return value;
}

}  // namespace

bool AnswersPing(uint16_t http_port, std::chrono::milliseconds timeout) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit = Timeout(timeout);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(http_port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return false;
  }
  constexpr std::string_view kRequest =
      "GET /health/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  constexpr std::string_view kAnswer = "HTTP/1.1 200";
  const ssize_t sent = send(socket.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(kRequest.size())) return false;
  std::array<char, kAnswer.size()> got{};
  const ssize_t read = recv(socket.get(), got.data(), got.size(), MSG_WAITALL);
  return read == static_cast<ssize_t>(got.size()) &&
         std::equal(got.begin(), got.end(), kAnswer.begin());
}

// Calls `report` every period while `healthy` says so.
class ServiceManager::Watchdog {
 public:
  Watchdog(std::chrono::microseconds period, std::function<bool()> healthy,
           std::function<void()> report)
      : thread_([this, period, healthy = std::move(healthy), report = std::move(report)] {
          std::unique_lock lock(mutex_);
          do {
            lock.unlock();
            if (healthy()) report();
            lock.lock();
          } while (!wake_.wait_for(lock, period, [this] { return ended_; }));
        }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  std::thread thread_;
};

ServiceManager::ServiceManager(const GetVariable& variable)
    : socket_(variable("NOTIFY_SOCKET").value_or("")) {
  const auto watched = Number(variable("WATCHDOG_PID"));
  const auto allowed = Number(variable("WATCHDOG_USEC"));
  const bool mine = !watched || *watched == getpid();
  constexpr int64_t kLongest = int64_t{3600} * 1'000'000;
  if (!socket_.empty() && mine && allowed && *allowed > 1) {
    period_ = std::chrono::microseconds(std::min(*allowed, kLongest) / 2);
  }
}

ServiceManager::~ServiceManager() = default;

void ServiceManager::Send(std::string_view state) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // Nobody to tell that it failed: systemd ends a service that it does not hear of.
  (void)sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), length);
}

void ServiceManager::Ready(uint16_t http_port) {
  Send("READY=1\nSTATUS=serving on port " + std::to_string(http_port));
  if (!period_) return;
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(*period_ / 2) +
                       std::chrono::milliseconds(1);
  watchdog_ = std::make_unique<Watchdog>(
      *period_, [http_port, timeout] { return AnswersPing(http_port, timeout); },
      [this] { Send("WATCHDOG=1"); });
}

void ServiceManager::Stopping() {
  watchdog_.reset();
  Send("STOPPING=1");
}

}  // namespace brink::apps
