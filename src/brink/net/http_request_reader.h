// Bytes of one connection -> one HTTP/1 request after another, under limits. Knows no sockets. One
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "brink/protocols/http.h"

namespace brink::net {

struct HttpReaderLimits {
  size_t max_header_bytes =
      size_t{16} << 10;  // request line and headers; also each chunk's line and the trailers
  size_t max_body_bytes = size_t{64} << 20;
};

class HttpRequestReader {
 public:
  enum class Stage { kStart, kHeaders, kBody, kDone, kFailed };

  // Why a request cannot be read: the HTTP status to answer and the reason.
  struct Failure {
    int status = 400;
    std::string message;
  };

  explicit HttpRequestReader(const HttpReaderLimits& limits);
  ~HttpRequestReader();

  // Forgets everything: the next byte begins a request. Keeps no memory of the last one.
  void Reset();

  // Reads on from where it stopped and says how many bytes it took; the caller gives the others
  // again, with more behind them. Takes no byte beyond the request's end, none when done or failed.
  size_t Feed(std::string_view bytes);

  Stage stage() const { return stage_; }
  const Failure& failure() const { return failure_; }  // kFailed

  // From the headers, once they are read; sensible defaults before.
  bool keep_alive() const { return keep_alive_; }
  bool is_http10() const { return http10_; }
  bool is_head() const { return head_; }
  bool expects_continue() const { return expects_continue_; }  // and no byte of the body has come
  std::optional<uint64_t> body_left() const;                   // unknown for chunked bodies
  size_t body_bytes() const { return request_.body.size(); }

  // The request that was read (kDone).
  protocols::HttpRequest Take() { return std::move(request_); }

 private:
  class Parser;
  friend class Parser;

  void Fail(int status, std::string message);
  void AddHeader(std::string_view name, std::string_view value);
  void FinishHeaders();
  void AppendBody(std::string_view bytes);
  // Of the line of a chunk, which ends with `extension`.
  void CheckChunkLine(std::string_view extension);
  // How many bytes are unread up to the end of a part of them.
  size_t UnreadUntil(std::string_view part) const;

  const HttpReaderLimits limits_;
  std::unique_ptr<Parser> parser_;
  protocols::HttpRequest request_;
  Stage stage_ = Stage::kStart;
  Failure failure_;
  size_t header_bytes_ = 0;  // taken so far, as sent
  // Of what is fed: behind the headers, and what has come of the body, once they are read.
  std::string_view unread_;
  std::optional<uint64_t> content_length_;
  bool keep_alive_ = true;
  bool http10_ = false;
  bool head_ = false;
  bool expects_continue_ = false;
};

}  // namespace brink::net
