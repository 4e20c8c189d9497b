// One client of the HTTP server: reads a request, has it handled, writes the answer, again. Lives
// on one event loop's thread and is called there only. Inside net/ only.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "brink/net/event_loop.h"
#include "brink/net/http_request_reader.h"
#include "brink/net/http_shared.h"
#include "brink/protocols/http.h"

namespace brink::net {

// What a loop lends its connections.
struct HttpLoopContext {
  virtual ~HttpLoopContext() = default;
  // Calls the server's handler; its answer, if it comes before Handle returns, else it comes to
  // OnAnswer later.
  virtual std::optional<protocols::HttpResponse> Handle(uint64_t key, uint64_t sequence,
                                                        protocols::HttpRequest request) = 0;
  // Asks `stream` for its next piece, which comes to OnPiece later.
  virtual void Ask(uint64_t key, uint64_t sequence, const protocols::HttpStream& stream) = 0;

  HttpShared* shared = nullptr;
  std::span<char> scratch;  // for one read at a time: idle connections own no buffer
  std::chrono::steady_clock::time_point now;
  std::string date;
  bool draining = false;  // no more keep-alive
};

class HttpConnection {
 public:
  using Clock = std::chrono::steady_clock;

  // Owns `fd`, a non-blocking socket. One `over_limit` is told so and closed.
  HttpConnection(int fd, uint64_t key, HttpLoopContext& loop, bool over_limit);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  void OnEvents(EventLoop::Events events);
  void OnAnswer(uint64_t sequence, protocols::HttpResponse response);
  void OnPiece(uint64_t sequence, std::string piece);
  // The server stops: ends an answer that would go on, in the middle of a piece if need be.
  void OnDrain();
  // Acts on deadlines that passed, and closes where nothing is under way and `close_idle` says so.
  void OnTick(bool close_idle);
  // Goes on after it stopped to let others have a turn.
  void Advance();

  bool wants_turn() const { return wants_turn_; }
  bool closed() const { return state_ == State::kClosed; }

 private:
  // kAwaiting: a stream's next piece
  enum class State { kReading, kHandling, kWriting, kAwaiting, kLingering, kClosed };

  bool Step();        // false: waits for an event
  bool idle() const;  // between requests
  bool ReadStep();
  bool WriteStep();
  bool DiscardStep();
  size_t ReadSize() const;
  void OnReadFailed(ssize_t result, int error);
  void OnEnded();
  void Receive(std::string_view bytes);
  size_t Consume(std::string_view bytes);
  void OnBody(size_t grown);
  void SendContinue();
  void StartRequest();
  void Refuse(int status, std::string_view message);
  void BeginWrite(protocols::HttpResponse response);
  void BeginPiece(std::string piece);
  void StartWriting();
  void FinishWrite();
  void AwaitPiece();
  void BeginClose();
  void Close();
  void Abort();  // closes and lets the kernel forget what it has not sent
  void ProbeEnded();
  void SetDeadline(std::chrono::milliseconds from_now) { deadline_ = loop_.now + from_now; }
  const HttpServerOptions& options() const { return loop_.shared->options; }

  const int fd_;
  const uint64_t key_;
  HttpLoopContext& loop_;
  const bool over_limit_;
  State state_ = State::kReading;
  bool readable_ = false;  // there may be something to read
  bool writable_ = true;   // there may be room to write
  bool ended_ = false;     // the client sends no more; it may still read
  bool probed_ = false;    // was asked whether it still reads
  bool wants_turn_ = false;
  bool in_body_ = false;         // the headers of the request being read are read
  bool pending_is_new_ = false;  // pending_ was not given to the reader since a request began
  bool keep_alive_ = true;
  bool http10_ = false;
  bool head_ = false;
  bool lingers_ = false;  // the client may still be sending what nobody reads
  Clock::time_point deadline_;
  Clock::time_point linger_end_;  // whatever the client does
  uint64_t sequence_ = 0;         // of the request being handled, the piece being made
  size_t progress_ = 0;           // bytes since deadline_ was set
  size_t charged_ = 0;            // of HttpShared::buffered_bytes
  std::string pending_;           // received, not taken by the reader yet
  HttpRequestReader reader_;
  std::shared_ptr<std::atomic<bool>> gone_;  // told to handlers; made with the first request
  std::string head_bytes_;
  std::string body_;  // or a piece of it
  size_t written_ = 0;
  std::optional<protocols::HttpStream> stream_;  // while the answer goes on
  bool asked_ = false;                           // it makes a piece
  std::optional<std::string> piece_;             // came while an idle one was written
};

}  // namespace brink::net
