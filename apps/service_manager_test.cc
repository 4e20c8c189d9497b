#include "service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <map>

namespace brink::apps {
namespace {

// The other end of NOTIFY_SOCKET.
class Systemd {
 public:
  explicit Systemd(const std::string& name) : name_(name), fd_(socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0);
  }
  ~Systemd() { close(fd_); }
  Systemd(const Systemd&) = delete;
  Systemd& operator=(const Systemd&) = delete;

  // The next message; waits for it.
  std::string Hear() const {
    std::array<char, 256> buffer{};
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), size > 0 ? static_cast<size_t>(size) : 0};
  }
  bool HasHeard() const {
    char c = 0;
    return recv(fd_, &c, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
  }
  GetVariable Variables(std::map<std::string, std::string> more = {}) const {
    more["NOTIFY_SOCKET"] = name_;
    return [more](const std::string& name) -> std::optional<std::string> {
      const auto found = more.find(name);
      return found == more.end() ? std::nullopt : std::optional(found->second);
    };
  }

 private:
  std::string name_;
  int fd_;
};

std::string AbstractName() { return "@brink-test-" + std::to_string(getpid()); }

TEST(ServiceManager, TellsThatTheServiceIsReadyAndStops) {
  const Systemd systemd(AbstractName());
  ServiceManager manager(systemd.Variables());
  manager.Ready(9000);
  EXPECT_EQ(systemd.Hear(), "READY=1\nSTATUS=serving on port 9000");
  manager.Stopping();
  EXPECT_EQ(systemd.Hear(), "STOPPING=1");
}

TEST(ServiceManager, TheSocketMayBeAPath) {
  const std::string path = testing::TempDir() + "brink-" + std::to_string(getpid());
  {
    const Systemd systemd(path);
    ServiceManager(systemd.Variables()).Stopping();
    EXPECT_EQ(systemd.Hear(), "STOPPING=1");
  }
  std::filesystem::remove(path);
}

TEST(ServiceManager, WithoutSystemdNothingHappens) {
  ServiceManager manager([](const std::string&) { return std::nullopt; });
  manager.Ready(1);
  manager.Stopping();
  EXPECT_FALSE(manager.watchdog_period());
}

TEST(ServiceManager, AWatchdogIsServedTwiceInItsTime) {
  const Systemd systemd(AbstractName());
  EXPECT_EQ(ServiceManager(systemd.Variables({{"WATCHDOG_USEC", "3000000"}})).watchdog_period(),
            std::chrono::microseconds(1'500'000));
  const std::string other = std::to_string(getpid() + 1);
  for (const auto& variables : {std::map<std::string, std::string>{{"WATCHDOG_USEC", "3 s"}},
                                {{"WATCHDOG_USEC", "0"}},
                                {{"WATCHDOG_USEC", "3000000"}, {"WATCHDOG_PID", other}}}) {
    EXPECT_FALSE(ServiceManager(systemd.Variables(variables)).watchdog_period());
  }
}

TEST(ServiceManager, AServerThatDoesNotAnswerIsNotVouchedFor) {
  const Systemd systemd(AbstractName());
  {
    // Nobody listens on port 1.
    ServiceManager manager(systemd.Variables({{"WATCHDOG_USEC", "2000"}}));
    manager.Ready(1);
    EXPECT_EQ(systemd.Hear().substr(0, 7), "READY=1");
    EXPECT_FALSE(AnswersPing(1, std::chrono::milliseconds(10)));
    manager.Stopping();
  }
  EXPECT_EQ(systemd.Hear(), "STOPPING=1");
  EXPECT_FALSE(systemd.HasHeard());
}

}  // namespace
}  // namespace brink::apps
