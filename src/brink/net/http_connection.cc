#include "brink/net/http_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "brink/net/http_response_head.h"

namespace brink::net {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// Less at a time is not progress: a client that drips bytes would hold its connection for ever.
constexpr size_t kProgressBytes = 1024;
// How much is read before it is known what comes, and of bodies whose length is not known.
constexpr size_t kSmallRead = size_t{16} << 10;
constexpr int kStepsPerTurn = 32;
constexpr milliseconds kLingerStall{2'000};
constexpr milliseconds kProbeAfter{1'000};
// How much of a stream the kernel may hold unsent: what is older than that a slow client need not
// see.
constexpr int kStreamAhead = 128 << 10;

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

HttpConnection::HttpConnection(int fd, uint64_t key, HttpLoopContext& loop, bool over_limit)
    : fd_(fd),
      key_(key),
      loop_(loop),
      over_limit_(over_limit),
      reader_({loop.shared->options.max_header_bytes, loop.shared->options.max_body_bytes}) {
  SetDeadline(options().idle_timeout);
}

HttpConnection::~HttpConnection() {
  stream_.reset();
  if (gone_) gone_->store(true, std::memory_order_relaxed);
  loop_.shared->GiveBuffer(charged_);
  close(fd_);
  loop_.shared->ConnectionClosed();
}

bool HttpConnection::idle() const {
  return state_ == State::kReading && reader_.stage() == HttpRequestReader::Stage::kStart &&
         pending_.empty();
}

void HttpConnection::OnEvents(EventLoop::Events events) {
  readable_ |= events.readable || events.ended;
  writable_ |= events.writable;
  if (events.ended && !ended_) {
    ended_ = true;
    if (state_ == State::kHandling || state_ == State::kAwaiting) SetDeadline(kProbeAfter);
  }
  if (events.broken) return Abort();
  Advance();
}

void HttpConnection::OnAnswer(uint64_t sequence, protocols::HttpResponse response) {
  if (state_ != State::kHandling || sequence != sequence_) return;
  BeginWrite(std::move(response));
  Advance();
}

void HttpConnection::OnPiece(uint64_t sequence, std::string piece) {
  if (!stream_ || sequence != sequence_) return;
  asked_ = false;
  if (state_ != State::kAwaiting) {
    piece_ = std::move(piece);
    return;
  }
  BeginPiece(std::move(piece));
  Advance();
}

void HttpConnection::OnDrain() {
  if (!stream_) return;
  keep_alive_ = false;
  if (state_ != State::kAwaiting) return Close();
  BeginPiece({});
  Advance();
}

void HttpConnection::Advance() {
  wants_turn_ = false;
  for (int i = 0; i < kStepsPerTurn; ++i) {
    if (!Step()) return;
  }
  wants_turn_ = true;
}

bool HttpConnection::Step() {
  switch (state_) {
    case State::kReading:
      return ReadStep();
    case State::kWriting:
      return WriteStep();
    case State::kLingering:
      return DiscardStep();
    case State::kHandling:
    case State::kAwaiting:
    case State::kClosed:
      break;
  }
  return false;
}

// --- reading

size_t HttpConnection::ReadSize() const {
  const std::optional<uint64_t> left = reader_.body_left();
  return left ? std::min<uint64_t>(*left, loop_.scratch.size())
              : std::min(kSmallRead, loop_.scratch.size());
}

bool HttpConnection::ReadStep() {
  if (pending_is_new_) {
    pending_is_new_ = false;
    Receive({});
    return true;
  }
  if (!readable_) return false;
  const size_t wanted = ReadSize();
  const ssize_t got = recv(fd_, loop_.scratch.data(), wanted, 0);
  if (got <= 0) {
    OnReadFailed(got, errno);
    return state_ != State::kReading || readable_;
  }
  // Less than wanted: the kernel has no more, and tells when it has. The end is not told again.
  readable_ = static_cast<size_t>(got) == wanted || ended_;
  Receive({loop_.scratch.data(), static_cast<size_t>(got)});
  return true;
}

void HttpConnection::OnReadFailed(ssize_t result, int error) {
  if (result == 0) return OnEnded();
  if (error == EINTR) return;
  readable_ = false;
  if (!WouldBlock(error)) Abort();
}

void HttpConnection::OnEnded() {
  readable_ = false;
  if (idle()) return Close();
  Refuse(400, "the connection ended before the request did");
}

// Gives the reader what was left over and `bytes`; keeps what it does not take.
void HttpConnection::Receive(std::string_view bytes) {
  if (over_limit_) return Refuse(503, "too many connections");
  if (pending_.empty()) {
    pending_.assign(bytes.substr(Consume(bytes)));
    return;
  }
  pending_.append(bytes);
  pending_.erase(0, Consume(pending_));
}

size_t HttpConnection::Consume(std::string_view bytes) {
  using Stage = HttpRequestReader::Stage;
  const bool began = reader_.stage() != Stage::kStart;
  const size_t body_before = reader_.body_bytes();
  const size_t used = reader_.Feed(bytes);
  if (reader_.stage() == Stage::kFailed) {
    Refuse(reader_.failure().status, reader_.failure().message);
    return used;
  }
  if (!began && reader_.stage() != Stage::kStart) SetDeadline(options().header_timeout);
  if (reader_.stage() == Stage::kBody || reader_.stage() == Stage::kDone)
    OnBody(reader_.body_bytes() - body_before);
  return used;
}

// The headers are read, and `grown` more bytes of the body.
void HttpConnection::OnBody(size_t grown) {
  if (grown > 0 && !loop_.shared->TakeBuffer(grown)) {
    return Refuse(503, "too many request bodies at once: the limit is " +
                           std::to_string(options().max_buffered_bytes) + " bytes");
  }
  charged_ += grown;
  progress_ += grown;
  if (reader_.stage() == HttpRequestReader::Stage::kDone) return StartRequest();
  if (!in_body_ && reader_.expects_continue()) SendContinue();
  if (!in_body_ || progress_ >= kProgressBytes) {
    progress_ = 0;
    SetDeadline(options().body_stall_timeout);
  }
  in_body_ = true;
}

// Small enough to always fit into the socket's buffer, unless the client reads nothing: then it is
// not owed one.
void HttpConnection::SendContinue() {
  const ssize_t sent = send(fd_, kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
  if (sent >= 0 && static_cast<size_t>(sent) < kContinue.size()) Abort();
}

// --- handling

void HttpConnection::StartRequest() {
  state_ = State::kHandling;
  keep_alive_ = reader_.keep_alive();
  http10_ = reader_.is_http10();
  head_ = reader_.is_head();
  protocols::HttpRequest request = reader_.Take();
  reader_.Reset();
  if (!gone_) gone_ = std::make_shared<std::atomic<bool>>(false);
  request.cancelled = gone_;
  if (ended_) SetDeadline(kProbeAfter);
  loop_.shared->requests.fetch_add(1, std::memory_order_relaxed);
  if (auto answer = loop_.Handle(key_, ++sequence_, std::move(request)))
    BeginWrite(*std::move(answer));
}

void HttpConnection::Refuse(int status, std::string_view message) {
  ++sequence_;
  keep_alive_ = false;
  lingers_ = true;
  http10_ = reader_.is_http10();
  head_ = reader_.is_head();
  BeginWrite(loop_.shared->ErrorResponse(status, message));
}

// A client that sends no more may have left, or may have closed its sending half only, and waits:
// TCP does not tell. One that left answers anything sent to it with a reset; one that waits ignores
// this (RFC 9110 15.2).
void HttpConnection::ProbeEnded() {
  if (!ended_ || probed_ || http10_) return;
  probed_ = true;
  SendContinue();
}

// --- writing

void HttpConnection::BeginWrite(protocols::HttpResponse response) {
  if (response.status < 200 || response.status > 999) response.status = 500;
  if (loop_.draining || !HasHttpBody(response.status)) response.stream.reset();
  const bool until_close = http10_ && response.stream;
  keep_alive_ = keep_alive_ && !loop_.draining && !until_close;
  head_bytes_.clear();
  AppendHttpHead(head_bytes_, response,
                 {.http10 = http10_, .keep_alive = keep_alive_, .date = loop_.date});
  body_ = std::move(response.body);
  stream_ = std::move(response.stream);
  asked_ = false;
  piece_.reset();
  if (head_ || !HasHttpBody(response.status)) {
    body_.clear();
    stream_.reset();
  }
  if (stream_) {
    setsockopt(fd_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kStreamAhead, sizeof(kStreamAhead));
    if (!http10_ && !body_.empty()) FrameHttpChunk(head_bytes_, body_);
  }
  loop_.shared->GiveBuffer(charged_);
  StartWriting();
}

// An empty one is the last.
void HttpConnection::BeginPiece(std::string piece) {
  if (piece.empty()) stream_.reset();
  head_bytes_.clear();
  body_ = std::move(piece);
  if (!http10_) FrameHttpChunk(head_bytes_, body_);
  StartWriting();
}

void HttpConnection::StartWriting() {
  charged_ = body_.size();
  loop_.shared->buffered_bytes.fetch_add(charged_, std::memory_order_relaxed);
  state_ = State::kWriting;
  written_ = progress_ = 0;
  SetDeadline(options().write_stall_timeout);
}

bool HttpConnection::WriteStep() {
  if (!writable_) return false;
  const size_t head_left = head_bytes_.size() - std::min(written_, head_bytes_.size());
  const size_t body_written = written_ - std::min(written_, head_bytes_.size());
  std::array<iovec, 2> parts{iovec{head_bytes_.data() + head_bytes_.size() - head_left, head_left},
                             iovec{body_.data() + body_written, body_.size() - body_written}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  const ssize_t sent = sendmsg(fd_, &message, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno == EINTR) return true;
    writable_ = false;
    if (!WouldBlock(errno)) Abort();
    return false;
  }
  written_ += static_cast<size_t>(sent);
  progress_ += static_cast<size_t>(sent);
  if (written_ == head_bytes_.size() + body_.size()) {
    FinishWrite();
  } else if (progress_ >= kProgressBytes) {
    progress_ = 0;
    SetDeadline(options().write_stall_timeout);
  }
  return true;
}

void HttpConnection::FinishWrite() {
  loop_.shared->GiveBuffer(std::exchange(charged_, 0));
  body_ = {};
  if (stream_) return AwaitPiece();
  if (!keep_alive_) return BeginClose();
  state_ = State::kReading;
  in_body_ = probed_ = false;
  progress_ = 0;
  pending_is_new_ = !pending_.empty();
  if (!pending_is_new_) pending_ = {};
  SetDeadline(pending_is_new_ ? options().header_timeout : options().idle_timeout);
}

// Of a client that sends no more and for whom there is nothing for a while it is not asked whether
// it still reads, as ProbeEnded does: nothing may stand between two pieces.
void HttpConnection::AwaitPiece() {
  if (piece_) return BeginPiece(*std::exchange(piece_, std::nullopt));
  state_ = State::kAwaiting;
  deadline_ = Clock::time_point::max();
  if (!stream_->idle_piece.empty()) SetDeadline(stream_->idle_after);
  if (ended_) SetDeadline(kProbeAfter);
  if (!std::exchange(asked_, true)) loop_.Ask(key_, ++sequence_, *stream_);
}

// --- closing

// To close while bytes from the client wait unread would reset the connection, and the client might
// lose the answer.
void HttpConnection::BeginClose() {
  if (!lingers_ && !readable_ && pending_.empty()) return Close();
  shutdown(fd_, SHUT_WR);
  state_ = State::kLingering;
  pending_ = {};
  linger_end_ = loop_.now + options().body_stall_timeout;
  SetDeadline(kLingerStall);
}

bool HttpConnection::DiscardStep() {
  if (!readable_) return false;
  const ssize_t got = recv(fd_, loop_.scratch.data(), loop_.scratch.size(), 0);
  if (got > 0) {
    deadline_ = std::min(loop_.now + kLingerStall, linger_end_);
    return true;
  }
  if (got < 0 && errno == EINTR) return true;
  readable_ = false;
  if (got == 0 || !WouldBlock(errno) || !lingers_) Close();
  return false;
}

void HttpConnection::Close() { state_ = State::kClosed; }

void HttpConnection::Abort() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  Close();
}

void HttpConnection::OnTick(bool close_idle) {
  if (close_idle && idle()) return Close();
  if (loop_.now < deadline_) return;
  switch (state_) {
    case State::kReading:
      if (reader_.stage() == HttpRequestReader::Stage::kStart) return Close();
      Refuse(408, in_body_ ? "the body stopped coming" : "the headers took too long");
      return Advance();
    case State::kHandling:
      return ProbeEnded();
    case State::kAwaiting:
      if (ended_) return Close();
      BeginPiece(stream_->idle_piece);
      return Advance();
    case State::kWriting:
      return Abort();
    case State::kLingering:
      return Close();
    case State::kClosed:
      return;
  }
}

}  // namespace brink::net
