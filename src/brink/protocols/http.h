// HTTP as the protocols see it: a request that was read whole, an answer to be written. No sockets,
// no library types.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace brink::protocols {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;  // in order; names as sent

// ASCII letters alike in either case: header names, media types.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // as sent: "/predict?json=%7B%7D"
  HttpHeaders headers;
  std::string body;
  std::shared_ptr<std::atomic<bool>> cancelled;  // becomes true when the client leaves; may be null

  // The first header of that name (case-insensitive), or nullptr.
  const std::string* Header(std::string_view name) const;
  std::string_view path() const;   // before '?', still percent-encoded
  std::string_view query() const;  // after '?'
};

// The rest of a body, made piece by piece while the client reads: pictures as they come, events as
// they happen. HTTP/1.1 carries it in chunks, HTTP/1.0 until the connection closes.
struct HttpStream {
  // Takes the next piece, once, from any thread; an empty one ends the body, as does dropping the
  // last copy of this. For a client that has left it does nothing.
  using Give = std::function<void(std::string piece)>;

  // Asks for the next piece when the one before is written, so that a slow client gets fewer. On an
  // I/O thread, one call at a time: must not block; the piece may come later. Its last copy is
  // destroyed when nobody reads any more: what it holds is held for a reader.
  std::function<void(Give)> next;
  std::string idle_piece;  // written when no other came for so long; empty: none is
  std::chrono::milliseconds idle_after{15'000};
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  HttpHeaders headers;                              // beyond Content-Type and Content-Length
  std::optional<HttpStream> stream = std::nullopt;  // what follows `body`
};

// Answers a request exactly once, from any thread.
using HttpResponder = std::function<void(HttpResponse)>;

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Called on an I/O thread: must not block. Long work goes elsewhere and calls `respond` when
  // done.
  virtual void Handle(HttpRequest request, HttpResponder respond) = 0;
};

}  // namespace brink::protocols
