#include "brink/net/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <system_error>
#include <utility>
#include <vector>

#include "brink/net/http_loop.h"
#include "brink/net/http_shared.h"

namespace brink::net {
namespace {

using std::chrono::milliseconds;

// Clients that wait to be accepted; the kernel's own limit (net.core.somaxconn) holds as well.
constexpr int kBacklog = 4096;
// While stopping, a keep-alive connection may still bring the request that its client has just
// sent.
constexpr milliseconds kDrainIdle{250};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Result<Address> ParseAddress(const std::string& text, uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, text == "localhost" ? "127.0.0.1" : text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof(*v4);
  } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof(*v6);
  } else {
    return Fail(Code::kInvalidArgument, "'" + text + "' is not an IPv4 or IPv6 address");
  }
  return address;
}

Error SocketError(const HttpServerOptions& options, const char* what, int error) {
  const std::string place = options.address.find(':') == std::string::npos
                                ? options.address
                                : "[" + options.address + "]";
  const std::string where = place + ":" + std::to_string(options.port);
  if (error == EADDRINUSE) return {Code::kAlreadyExists, "port in use: " + where};
  Code code = Code::kUnavailable;
  if (error == EACCES || error == EPERM) code = Code::kPermissionDenied;
  if (error == EADDRNOTAVAIL || error == EAFNOSUPPORT) code = Code::kInvalidArgument;
  return {code, "cannot listen on " + where + ": " + what + ": " +
                    std::generic_category().message(error)};
}

void SetOption(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof(value));
}

Result<int> BoundSocket(const HttpServerOptions& options) {
  BRINK_ASSIGN(const Address address, ParseAddress(options.address, options.port));
  const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Fail(SocketError(options, "socket", errno));
  SetOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.storage.ss_family == AF_INET6) SetOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  // Accepted sockets inherit these.
  SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  SetOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
    Error error = SocketError(options, "bind", errno);
    close(fd);
    return Fail(std::move(error));
  }
  return fd;
}

uint16_t PortOf(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
}

}  // namespace

struct HttpServer::Impl {
  explicit Impl(const HttpServerOptions& options) : shared(std::make_shared<HttpShared>(options)) {}
  ~Impl() {
    if (bound_fd >= 0) close(bound_fd);
  }

  const std::shared_ptr<HttpShared> shared;  // answers that come late hold it too
  int bound_fd = -1;                         // until Listen gives it to the first loop
  uint16_t port = 0;
  std::vector<std::unique_ptr<HttpLoop>> loops;
  size_t next_loop = 0;  // the accepting thread's
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { Stop(milliseconds{0}); }

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options,
                                                      protocols::HttpHandler& handler) {
  BRINK_ASSIGN(auto server, Bind(options));
  BRINK_TRY(server->Listen(handler));
  return server;
}

Result<std::unique_ptr<HttpServer>> HttpServer::Bind(const HttpServerOptions& options) {
  auto impl = std::make_unique<Impl>(options);
  BRINK_ASSIGN(impl->bound_fd, BoundSocket(options));
  impl->port = PortOf(impl->bound_fd);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

Status HttpServer::Listen(protocols::HttpHandler& handler) {
  if (impl_->bound_fd < 0)
    return Fail(Code::kFailedPrecondition, "the server listens or has stopped");
  impl_->shared->handler = &handler;
  std::vector<std::unique_ptr<HttpLoop>> loops;
  for (int i = 0; i < std::max(1, impl_->shared->options.io_threads); ++i) {
    BRINK_ASSIGN(loops.emplace_back(), HttpLoop::Start(impl_->shared));
  }
  if (listen(impl_->bound_fd, kBacklog) != 0)
    return Fail(SocketError(impl_->shared->options, "listen", errno));
  impl_->loops = std::move(loops);
  impl_->loops.front()->Accept(std::exchange(impl_->bound_fd, -1),
                               [impl = impl_.get()](int fd, bool over_limit) {
                                 impl->loops[impl->next_loop]->Adopt(fd, over_limit);
                                 impl->next_loop = (impl->next_loop + 1) % impl->loops.size();
                               });
  return {};
}

uint16_t HttpServer::port() const { return impl_->port; }

HttpServerStats HttpServer::stats() const {
  const HttpShared& shared = *impl_->shared;
  return {.connections = shared.connections,
          .buffered_bytes = shared.buffered_bytes,
          .requests = shared.requests};
}

void HttpServer::Stop(milliseconds grace) {
  if (impl_->bound_fd >= 0) close(std::exchange(impl_->bound_fd, -1));
  if (impl_->loops.empty()) return;
  HttpShared& shared = *impl_->shared;
  const auto end = std::chrono::steady_clock::now() + grace;
  std::promise<void> closed;
  impl_->loops.front()->StopAccepting([&closed] { closed.set_value(); });
  closed.get_future().wait();
  for (const auto& loop : impl_->loops) loop->Drain(std::min(grace, kDrainIdle));
  {
    std::unique_lock lock(shared.mutex);
    shared.no_connections.wait_until(lock, end, [&] { return shared.connections == 0; });
  }
  impl_->loops.clear();
}

}  // namespace brink::net
