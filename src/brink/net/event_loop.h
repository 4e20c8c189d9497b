// One thread's sockets: waits for their events, tells a handler, runs what other threads post.
// Linux's epoll, edge-triggered: a descriptor is registered once, an event comes once each time it
// becomes readable or writable.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "brink/base/result.h"

namespace brink::net {

class EventLoop {
 public:
  // What happened on a descriptor; `ended`: the peer sends no more; `broken`: the connection is
  // dead both ways.
  struct Events {
    bool readable = false;
    bool writable = false;
    bool ended = false;
    bool broken = false;
  };
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void OnEvents(uint64_t key, Events events) = 0;
    // After each batch of events and posts: how long to wait for the next at most; negative: for
    // ever.
    virtual std::chrono::milliseconds OnTurn() = 0;
  };
  enum class Trigger { kEdge, kLevel };

  static Result<std::shared_ptr<EventLoop>> Create();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Events of `fd` come with `key` (any but kWakeKey) until it is closed or removed. Any thread.
  Status Add(int fd, uint64_t key, Trigger trigger = Trigger::kEdge);
  void Remove(int fd);

  // `task` runs on the loop's thread, in order; it never runs (and is destroyed) when the loop has
  // ended.
  void Post(std::function<void()> task);

  // Until Quit; then destroys what was posted. Once.
  void Run(Handler& handler);
  void Quit();

  static constexpr uint64_t kWakeKey = ~uint64_t{0};

 private:
  EventLoop(int epoll_fd, int wake_fd) : epoll_fd_(epoll_fd), wake_fd_(wake_fd) {}
  void RunPosted();
  void Close();

  const int epoll_fd_;
  const int wake_fd_;
  std::atomic<bool> quit_{false};
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
  std::vector<std::function<void()>> running_;  // the loop's thread only; kept for its capacity
  bool closed_ = false;
};

}  // namespace brink::net
