#include "stop_signal.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

namespace brink::apps {
namespace {

// What the destructor sends to its own thread.
constexpr int kEndOfWaiting = SIGUSR1;

sigset_t Watched() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, kEndOfWaiting);
  return signals;
}

}  // namespace

StopSignal::StopSignal() {
  const sigset_t signals = Watched();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  waiter_ = std::thread([this, signals] {
    int number = 0;
    while (sigwait(&signals, &number) == 0 && number != kEndOfWaiting) {
      if (arrived_) _exit(128 + number);
      Arrive();
    }
  });
}

void StopSignal::Arrive() {
  {
    const std::lock_guard lock(mutex_);
    arrived_ = true;
  }
  changed_.notify_all();
}

void StopSignal::Wait() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return arrived_.load(); });
}

bool StopSignal::WaitFor(std::chrono::milliseconds time) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return arrived_.load(); });
}

StopSignal::~StopSignal() {
  pthread_kill(waiter_.native_handle(), kEndOfWaiting);
  waiter_.join();
}

}  // namespace brink::apps
