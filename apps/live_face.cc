#include "live_face.h"

#include <charconv>
#include <utility>

#include "brink/metrics/endpoint.h"
#include "brink/net/http_server.h"

namespace brink::apps {

struct LiveFace::Impl {
  explicit Impl(const camera::LiveOptions& options) : board(options) {}

  std::string shown;  // the address, as a URL has it
  metrics::Metrics metrics{metrics::Deployment{}};
  camera::LiveBoard board;
  metrics::Endpoint endpoint{"/metrics", metrics, &board};
  std::unique_ptr<net::HttpServer> server;  // last: it uses what stands before it
};

LiveFace::LiveFace(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LiveFace::~LiveFace() = default;

Result<std::unique_ptr<LiveFace>> LiveFace::Bind(const std::string& address,
                                                 const camera::LiveOptions& options) {
  const size_t colon = address.rfind(':');
  const std::string port_text = colon == std::string::npos ? address : address.substr(colon + 1);
  std::string host = colon == std::string::npos ? "127.0.0.1" : address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  uint16_t port = 0;
  const char* end = port_text.data() + port_text.size();
  const auto [stop, error] = std::from_chars(port_text.data(), end, port);
  if (error != std::errc() || stop != end || port_text.empty() || host.empty()) {
    return Fail(Code::kInvalidArgument,
                "--live: expected PORT or ADDRESS:PORT, got '" + address + "'");
  }
  auto impl = std::make_unique<Impl>(options);
  net::HttpServerOptions server;
  server.address = host;
  server.port = port;
  server.max_body_bytes = 1024;
  server.max_connections = 256;
  BRINK_ASSIGN(impl->server, net::HttpServer::Bind(server));
  impl->shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return std::unique_ptr<LiveFace>(new LiveFace(std::move(impl)));
}

camera::LiveBoard& LiveFace::board() { return impl_->board; }

Status LiveFace::Listen(metrics::Source source) {
  impl_->metrics.AddSource(metrics::ProcessSamples);
  impl_->metrics.AddSource(std::move(source));
  return impl_->server->Listen(impl_->endpoint);
}

std::string LiveFace::url() const {
  return "http://" + impl_->shown + ":" + std::to_string(impl_->server->port()) + "/";
}

}  // namespace brink::apps
