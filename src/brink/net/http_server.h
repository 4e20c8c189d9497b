// An HTTP/1.1 and 1.0 server for one handler: keep-alive, pipelining (answered in order), bounded
// headers, bodies and connections, answers that go on (one piece in flight a client), slow clients
// timed out, graceful stop. Any thread may call it, but not its own handler.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "brink/base/result.h"
#include "brink/protocols/http.h"

namespace brink::net {

struct HttpServerOptions {
  std::string address = "0.0.0.0";  // an IPv4 or IPv6 address; "::" takes both kinds of clients
  uint16_t port = 9000;             // 0: any free one, see HttpServer::port()
  int io_threads = 2;
  size_t max_body_bytes = size_t{64} << 20;    // more is answered 413
  size_t max_header_bytes = size_t{16} << 10;  // more is answered 431
  int max_connections = 4096;                  // more are answered 503
  size_t max_buffered_bytes = size_t{512}
                              << 20;  // all bodies in flight together; more are answered 503
  std::chrono::milliseconds header_timeout{
      30'000};  // from the first byte of a request to the end of its headers
  // Without progress, which is 1 KiB or the end, reading a body or writing an answer.
  std::chrono::milliseconds body_stall_timeout{30'000};
  std::chrono::milliseconds write_stall_timeout{30'000};
  std::chrono::milliseconds idle_timeout{120'000};  // keep-alive without a request
  // The answer to a request that never reaches the handler (too large, malformed, ...); plain text
  // when empty.
  std::function<protocols::HttpResponse(int status, std::string_view message)> error_body;
};

struct HttpServerStats {
  int connections = 0;        // open now
  size_t buffered_bytes = 0;  // bodies of requests and answers in flight now
  uint64_t requests = 0;      // given to the handler since the start
};

class HttpServer {
 public:
  // Bind and Listen in one.
  static Result<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options,
                                                   protocols::HttpHandler& handler);

  // Takes the port; clients are refused until Listen. Errors name address and port: kAlreadyExists
  // (in use), kPermissionDenied, kInvalidArgument (not an address of this machine).
  static Result<std::unique_ptr<HttpServer>> Bind(const HttpServerOptions& options);
  ~HttpServer();  // as Stop(0)

  // Once. `handler` outlives the server; what it answers after the server's end is dropped.
  Status Listen(protocols::HttpHandler& handler);

  uint16_t port() const;
  HttpServerStats stats() const;

  // No new connections; requests already being read or answered have `grace` to finish, each the
  // last of its connection; then everything is closed. Streams end at once.
  void Stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::net
