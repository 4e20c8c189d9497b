#include "brink/net/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace brink::net {
namespace {

Error SystemError(const char* what) {
  return {Code::kResourceExhausted,
          std::string(what) + ": " + std::generic_category().message(errno)};
}

}  // namespace

Result<std::shared_ptr<EventLoop>> EventLoop::Create() {
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) return Fail(SystemError("epoll_create1"));
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0) {
    Error error = SystemError("eventfd");
    close(epoll_fd);
    return Fail(std::move(error));
  }
  std::shared_ptr<EventLoop> loop(new EventLoop(epoll_fd, wake_fd));
  BRINK_TRY(loop->Add(wake_fd, kWakeKey));
  return loop;
}

EventLoop::~EventLoop() {
  close(wake_fd_);
  close(epoll_fd_);
}

Status EventLoop::Add(int fd, uint64_t key, Trigger trigger) {
  epoll_event event{};
  event.events = trigger == Trigger::kEdge ? EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET : EPOLLIN;
  event.data.u64 = key;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) return Fail(SystemError("epoll_ctl"));
  return {};
}

void EventLoop::Remove(int fd) { epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr); }

void EventLoop::Post(std::function<void()> task) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (first) eventfd_write(wake_fd_, 1);
}

void EventLoop::Quit() {
  quit_.store(true);
  eventfd_write(wake_fd_, 1);
}

void EventLoop::RunPosted() {
  {
    const std::lock_guard lock(mutex_);
    running_.swap(posted_);
  }
  for (auto& task : running_) task();
  running_.clear();
}

void EventLoop::Close() {
  std::vector<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(posted_);
  }
}

void EventLoop::Run(Handler& handler) {
  std::array<epoll_event, 128> batch;
  std::chrono::milliseconds wait{0};
  while (!quit_.load(std::memory_order_relaxed)) {
    const int count =
        epoll_wait(epoll_fd_, batch.data(), batch.size(), static_cast<int>(wait.count()));
    bool woken = false;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = batch[static_cast<size_t>(i)];
      if (event.data.u64 == kWakeKey) {
        woken = true;
        continue;
      }
      handler.OnEvents(event.data.u64, {.readable = (event.events & EPOLLIN) != 0,
                                        .writable = (event.events & EPOLLOUT) != 0,
                                        .ended = (event.events & EPOLLRDHUP) != 0,
                                        .broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0});
    }
    if (woken) RunPosted();
    wait = handler.OnTurn();
  }
  Close();
}

}  // namespace brink::net
