#include "brink/net/http_loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "brink/net/http_response_head.h"

namespace brink::net {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kListenKey = EventLoop::kWakeKey - 1;
constexpr size_t kScratchBytes = size_t{128} << 10;
constexpr int kAcceptsPerTurn = 64;

// How often deadlines are looked at: a quarter of the shortest, which is as late as one may be
// noticed.
milliseconds TickOf(const HttpServerOptions& options) {
  const milliseconds shortest = std::min({options.header_timeout, options.body_stall_timeout,
                                          options.write_stall_timeout, options.idle_timeout});
  return std::clamp(shortest / 4, milliseconds{5}, milliseconds{500});
}

// Beyond max_connections this many more are accepted only to be told so.
int HardLimit(const HttpServerOptions& options) { return options.max_connections + 64; }

}  // namespace

// An accepted client on its way to its loop, which may end first.
struct HttpLoop::NewClient {
  NewClient(int client_fd, std::shared_ptr<HttpShared> shared_state)
      : fd(client_fd), state(std::move(shared_state)) {}
  ~NewClient() {
    if (fd < 0) return;
    close(fd);
    state->ConnectionClosed();
  }
  NewClient(const NewClient&) = delete;
  NewClient& operator=(const NewClient&) = delete;

  int fd;
  const std::shared_ptr<HttpShared> state;
};

// The right and duty to answer one request: answered exactly once, at the latest when the last copy
// is dropped.
class HttpLoop::Ticket {
 public:
  Ticket(HttpLoop& loop, uint64_t key, uint64_t sequence)
      : loop_(loop), state_(loop.state_), events_(loop.events_), key_(key), sequence_(sequence) {
    in_handler = this;
  }
  ~Ticket() {
    if (!answered_) Answer(state_->ErrorResponse(500, "the request was dropped without an answer"));
  }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

  void Answer(protocols::HttpResponse response) {
    if (answered_.exchange(true)) return;
    if (in_handler == this) {
      early_ = std::move(response);
      return;
    }
    // The task runs only while the loop does, so the reference to it holds.
    events_->Post(
        [&loop = loop_, key = key_, sequence = sequence_, answer = std::move(response)]() mutable {
          loop.With(key, [&](HttpConnection& connection) {
            connection.OnAnswer(sequence, std::move(answer));
          });
        });
  }

  // The handler has returned: what it answered on this thread until now.
  std::optional<protocols::HttpResponse> EndHandler() {
    in_handler = nullptr;
    return std::move(early_);
  }

 private:
  static thread_local Ticket* in_handler;

  HttpLoop& loop_;
  const std::shared_ptr<HttpShared> state_;
  const std::shared_ptr<EventLoop> events_;
  const uint64_t key_;
  const uint64_t sequence_;
  std::atomic<bool> answered_{false};
  std::optional<protocols::HttpResponse> early_;
};

thread_local HttpLoop::Ticket* HttpLoop::Ticket::in_handler = nullptr;

// The right to give one piece of a stream; dropped, it is the last one. A piece never comes while
// its stream is being asked, so that clients take turns.
class HttpLoop::PieceTicket {
 public:
  PieceTicket(HttpLoop& loop, uint64_t key, uint64_t sequence)
      : loop_(loop), events_(loop.events_), key_(key), sequence_(sequence) {}
  ~PieceTicket() { Give({}); }
  PieceTicket(const PieceTicket&) = delete;
  PieceTicket& operator=(const PieceTicket&) = delete;

  void Give(std::string given) {
    if (given_.exchange(true)) return;
    // As above the loop is there when this runs.
    events_->Post([&loop = loop_, key = key_, sequence = sequence_,
                   piece = std::move(given)]() mutable {
      loop.With(
          key, [&](HttpConnection& connection) { connection.OnPiece(sequence, std::move(piece)); });
    });
  }

 private:
  HttpLoop& loop_;
  const std::shared_ptr<EventLoop> events_;
  const uint64_t key_;
  const uint64_t sequence_;
  std::atomic<bool> given_{false};
};

Result<std::unique_ptr<HttpLoop>> HttpLoop::Start(std::shared_ptr<HttpShared> shared_state) {
  BRINK_ASSIGN(std::shared_ptr<EventLoop> events, EventLoop::Create());
  std::unique_ptr<HttpLoop> loop(new HttpLoop(std::move(shared_state), std::move(events)));
  try {
    loop->thread_ = std::thread([self = loop.get()] { self->Run(); });
  } catch (const std::system_error& error) {
    return Fail(Code::kResourceExhausted,
                std::string("cannot start an I/O thread: ") + error.what());
  }
  return loop;
}

HttpLoop::HttpLoop(std::shared_ptr<HttpShared> shared_state, std::shared_ptr<EventLoop> events)
    : state_(std::move(shared_state)),
      events_(std::move(events)),
      scratch_memory_(kScratchBytes),
      tick_(TickOf(state_->options)) {
  shared = state_.get();
  scratch = scratch_memory_;
}

HttpLoop::~HttpLoop() {
  events_->Quit();
  if (thread_.joinable()) thread_.join();
}

void HttpLoop::Run() {
  ReadClock();
  events_->Run(*this);
  slots_.clear();
  if (listen_fd_ >= 0) close(listen_fd_);
}

void HttpLoop::ReadClock() {
  now = Clock::now();
  const std::time_t second = std::time(nullptr);
  if (second == date_second_) return;
  date_second_ = second;
  date = HttpDate(second);
}

// --- connections

void HttpLoop::Adopt(int fd, bool over_limit) {
  auto client = std::make_shared<NewClient>(fd, state_);
  events_->Post([this, client = std::move(client), over_limit] {
    Open(std::exchange(client->fd, -1), over_limit);
  });
}

void HttpLoop::Open(int fd, bool over_limit) {
  uint32_t index = 0;
  if (free_slots_.empty()) {
    index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_slots_.back();
    free_slots_.pop_back();
  }
  Slot& slot = slots_[index];
  const uint64_t key = (uint64_t{slot.generation} << 32) | index;
  slot.connection =
      std::make_unique<HttpConnection>(fd, key, static_cast<HttpLoopContext&>(*this), over_limit);
  if (!events_->Add(fd, key)) Erase(key);
}

HttpConnection* HttpLoop::Find(uint64_t key) {
  const uint32_t index = static_cast<uint32_t>(key);
  if (index >= slots_.size() || slots_[index].generation != key >> 32) return nullptr;
  return slots_[index].connection.get();
}

void HttpLoop::Erase(uint64_t key) {
  const uint32_t index = static_cast<uint32_t>(key);
  slots_[index].connection.reset();
  ++slots_[index].generation;
  free_slots_.push_back(index);
}

// Lets a connection act, if it still exists, and sees to what comes of it. Short of memory it is
// given up.
template <class Act>
void HttpLoop::With(uint64_t key, Act act) {
  HttpConnection* connection = Find(key);
  if (connection == nullptr) return;
  try {
    act(*connection);
    if (!connection->closed() && connection->wants_turn()) runnable_.push_back(key);
  } catch (const std::bad_alloc&) {
    return Erase(key);
  }
  if (connection->closed()) Erase(key);
}

template <class Act>
void HttpLoop::WithAll(Act act) {
  for (uint32_t index = 0; index < slots_.size(); ++index) {
    With((uint64_t{slots_[index].generation} << 32) | index, act);
  }
}

std::optional<protocols::HttpResponse> HttpLoop::Handle(uint64_t key, uint64_t sequence,
                                                        protocols::HttpRequest request) {
  auto ticket = std::make_shared<Ticket>(*this, key, sequence);
  try {
    state_->handler->Handle(std::move(request), [ticket](protocols::HttpResponse response) {
      ticket->Answer(std::move(response));
    });
  } catch (const std::bad_alloc&) {
    ticket->Answer(state_->ErrorResponse(503, "out of memory"));
  }
  return ticket->EndHandler();
}

void HttpLoop::Ask(uint64_t key, uint64_t sequence, const protocols::HttpStream& stream) {
  auto ticket = std::make_shared<PieceTicket>(*this, key, sequence);
  stream.next([ticket](std::string piece) { ticket->Give(std::move(piece)); });
}

void HttpLoop::OnEvents(uint64_t key, EventLoop::Events events) {
  ReadClock();
  if (key == kListenKey) return AcceptAll();
  With(key, [&](HttpConnection& connection) { connection.OnEvents(events); });
}

std::chrono::milliseconds HttpLoop::OnTurn() {
  ReadClock();
  std::vector<uint64_t> runnable;
  runnable.swap(runnable_);
  for (const uint64_t key : runnable)
    With(key, [](HttpConnection& connection) { connection.Advance(); });
  if (now >= next_tick_) Tick();
  if (!runnable_.empty()) return milliseconds{0};
  if (slots_.size() == free_slots_.size() && !accept_paused_) return milliseconds{-1};
  return std::chrono::ceil<milliseconds>(std::max(next_tick_ - now, Clock::duration{0}));
}

void HttpLoop::Tick() {
  next_tick_ = now + tick_;
  const bool close_idle = draining && now >= drain_end_;
  WithAll([close_idle](HttpConnection& connection) { connection.OnTick(close_idle); });
  if (accept_paused_) {
    accept_paused_ = !events_->Add(listen_fd_, kListenKey, EventLoop::Trigger::kLevel);
  }
}

void HttpLoop::Drain(std::chrono::milliseconds idle) {
  events_->Post([this, idle] {
    ReadClock();
    draining = true;
    drain_end_ = now + idle;
    next_tick_ = std::min(next_tick_, drain_end_);
    WithAll([](HttpConnection& connection) { connection.OnDrain(); });
  });
}

// --- accepting

void HttpLoop::Accept(int listen_fd, Accepted accepted) {
  events_->Post([this, listen_fd, give = std::move(accepted)]() mutable {
    listen_fd_ = listen_fd;
    accepted_ = std::move(give);
    accept_paused_ = !events_->Add(listen_fd, kListenKey, EventLoop::Trigger::kLevel);
  });
}

void HttpLoop::StopAccepting(std::function<void()> done) {
  events_->Post([this, then = std::move(done)] {
    if (listen_fd_ >= 0) {
      while (AcceptOne()) {
      }
      close(std::exchange(listen_fd_, -1));
    }
    accept_paused_ = false;
    then();
  });
}

void HttpLoop::AcceptAll() {
  for (int i = 0; i < kAcceptsPerTurn && AcceptOne(); ++i) {
  }
}

// Whether there may be another. Without a descriptor to spare it pauses until the next tick: the
// client waits in the kernel's queue meanwhile.
bool HttpLoop::AcceptOne() {
  const int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) return true;
    const bool short_of = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    if (short_of && !accept_paused_) {
      events_->Remove(listen_fd_);
      accept_paused_ = true;
      next_tick_ = now + std::chrono::milliseconds{100};
    }
    return false;
  }
  const int count = state_->connections.fetch_add(1) + 1;
  if (count > HardLimit(state_->options)) {
    close(fd);
    state_->ConnectionClosed();
    return true;
  }
  accepted_(fd, count > state_->options.max_connections);
  return true;
}

}  // namespace brink::net
