// An HTTP/1.1 server for one handler: keep-alive, bounded bodies and headers, slow clients timed
// out, graceful stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "brink/base/result.h"
#include "brink/protocols/http.h"

namespace brink::net {

struct HttpServerOptions {
  std::string address = "0.0.0.0";
  uint16_t port = 9000;  // 0: any free one, see HttpServer::port()
  int io_threads = 2;
  size_t max_body_bytes = size_t{64} << 20;
  size_t max_header_bytes = size_t{16} << 10;
  int max_connections = 4096;
  size_t max_buffered_bytes = size_t{512}
                              << 20;  // all bodies in flight together; more are answered 503
  std::chrono::milliseconds header_timeout{
      30'000};  // from the first byte of a request to the end of its headers
  std::chrono::milliseconds body_stall_timeout{30'000};  // without a byte of progress
  std::chrono::milliseconds idle_timeout{120'000};       // keep-alive without a request
};

class HttpServer {
 public:
  // Binds and listens; a port in use is kAlreadyExists at once. `handler` outlives the server.
  static Result<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options,
                                                   protocols::HttpHandler& handler);
  ~HttpServer();  // stops at once if Stop was not called

  uint16_t port() const;

  // No new connections; requests already being read or answered have `grace` to finish; then
  // everything is closed.
  void Stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::net
