// One thread of the HTTP server and the connections that live on it. Inside net/ only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "brink/net/event_loop.h"
#include "brink/net/http_connection.h"
#include "brink/net/http_shared.h"

namespace brink::net {

class HttpLoop final : private HttpLoopContext, private EventLoop::Handler {
 public:
  using Accepted = std::function<void(int fd, bool over_limit)>;

  static Result<std::unique_ptr<HttpLoop>> Start(std::shared_ptr<HttpShared> shared_state);
  ~HttpLoop() override;  // ends the thread; closes every connection

  // These run on the loop's thread, later.
  void Adopt(int fd, bool over_limit);
  // Accepts from `listen_fd`, which it then owns, and gives each client to `accepted` (on this
  // thread).
  void Accept(int listen_fd, Accepted accepted);
  // Closes the listening socket, when every client that it holds was accepted; then calls `done`.
  void StopAccepting(std::function<void()> done);
  // No more keep-alive; streams end; connections that get no request within `idle` are closed.
  void Drain(std::chrono::milliseconds idle);

 private:
  using Clock = std::chrono::steady_clock;
  class Ticket;
  class PieceTicket;
  struct NewClient;
  struct Slot {
    uint32_t generation = 0;
    std::unique_ptr<HttpConnection> connection;
  };

  HttpLoop(std::shared_ptr<HttpShared> shared_state, std::shared_ptr<EventLoop> events);
  std::optional<protocols::HttpResponse> Handle(uint64_t key, uint64_t sequence,
                                                protocols::HttpRequest request) override;
  void Ask(uint64_t key, uint64_t sequence, const protocols::HttpStream& stream) override;
  void OnEvents(uint64_t key, EventLoop::Events events) override;
  std::chrono::milliseconds OnTurn() override;

  void Run();
  void ReadClock();
  void Open(int fd, bool over_limit);
  HttpConnection* Find(uint64_t key);
  template <class Act>
  void With(uint64_t key, Act act);
  void Erase(uint64_t key);
  template <class Act>
  void WithAll(Act act);
  void Tick();
  void AcceptAll();
  bool AcceptOne();

  const std::shared_ptr<HttpShared> state_;
  const std::shared_ptr<EventLoop> events_;
  std::vector<char> scratch_memory_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  std::vector<uint64_t> runnable_;  // stopped to let others have a turn
  std::time_t date_second_ = 0;
  Clock::time_point next_tick_{};
  const std::chrono::milliseconds tick_;
  Clock::time_point drain_end_{};
  int listen_fd_ = -1;
  bool accept_paused_ = false;
  Accepted accepted_;
  std::thread thread_;
};

}  // namespace brink::net
