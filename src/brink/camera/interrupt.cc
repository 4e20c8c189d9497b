#include "brink/camera/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLongestPoll{60'000};

int MillisecondsUntil(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), kLongestPoll).count());
}

}  // namespace

Interrupt::Interrupt() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Interrupt::~Interrupt() {
  if (descriptor_ >= 0) close(descriptor_);
}

void Interrupt::Raise() {
  raised_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = write(descriptor_, &one, sizeof(one));
}

bool Interrupt::WaitUntil(Clock::time_point deadline) const {
  return WaitReadable(-1, -1, *this, deadline) == Readiness::kInterrupted;
}

Readiness WaitReadable(int first, int second, const Interrupt& interrupt,
                       Clock::time_point deadline) {
  std::array<pollfd, 3> watched{
      {{interrupt.descriptor(), POLLIN, 0}, {first, POLLIN, 0}, {second, POLLIN, 0}}};
  while (!interrupt.raised()) {
    const int ready = poll(watched.data(), watched.size(), MillisecondsUntil(deadline));
    if (ready < 0 && errno != EINTR) return Readiness::kTimedOut;
    if (interrupt.raised()) break;
    if (ready > 0 && (watched[1].revents != 0 || watched[2].revents != 0)) {
      return Readiness::kReadable;
    }
    if (Clock::now() >= deadline) return Readiness::kTimedOut;
  }
  return Readiness::kInterrupted;
}

}  // namespace brink::camera
