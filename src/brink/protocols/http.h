// HTTP as the protocols see it: a request that was read whole, an answer to be written. No sockets,
// no library types.
#pragma once

#include <atomic>
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

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  HttpHeaders headers;  // beyond Content-Type and Content-Length
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
